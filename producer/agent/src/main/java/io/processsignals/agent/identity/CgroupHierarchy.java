// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * The hierarchy whose cgroups name containers: the one that the kernel side takes its ids from. That is the v1
 * hierarchy of the memory controller where there is one, else v2. Ids of different hierarchies overlap, so only one may
 * be used.
 *
 * @param number 0: v2, else the number of the v1 hierarchy in {@code /proc/cgroups}
 * @param mount where the whole hierarchy can be seen, if it can
 * @param problem why not, one line that says what to do
 */
public record CgroupHierarchy(int number, Optional<Path> mount, Optional<String> problem) {
    private static final String INODE = "unix:ino";
    private static final long ROOT_INODE = 1; // of every kernfs root, fs/kernfs/dir.c

    /**
     * Finds it.
     *
     * @param procRoot where procfs is mounted; in a container usually the host's
     * @param cgroupRoot what {@code /sys/fs/cgroup} of the host is called here
     */
    public static CgroupHierarchy detect(Path procRoot, Path cgroupRoot) {
        return detect(procRoot, cgroupRoot, inode -> inode == ROOT_INODE);
    }

    static CgroupHierarchy detect(Path procRoot, Path cgroupRoot, LongPredicate isRootInode) {
        int number = memoryHierarchy(procRoot);
        Optional<Path> mount = number > 0 ? v1Mount(procRoot, cgroupRoot) : v2Mount(cgroupRoot);
        if (mount.isEmpty()) {
            return new CgroupHierarchy(
                    number,
                    Optional.empty(),
                    Optional.of("no cgroup " + (number > 0 ? "v1 memory" : "v2") + " hierarchy below " + cgroupRoot
                            + ": mount the host's /sys/fs/cgroup there, read-only"));
        }
        Path path = mount.get();
        try {
            if (!isRootInode.test(inode(path))) {
                return new CgroupHierarchy(
                        number,
                        Optional.empty(),
                        Optional.of("only a part of the cgroup hierarchy is mounted at " + path
                                + ": mount the host's /sys/fs/cgroup there, read-only"));
            }
        } catch (IOException e) {
            return new CgroupHierarchy(
                    number, Optional.empty(), Optional.of("cannot read " + path + ": check its permissions"));
        }
        return new CgroupHierarchy(number, mount, Optional.empty());
    }

    static long inode(Path path) throws IOException {
        return (Long) Files.getAttribute(path, INODE);
    }

    private static int memoryHierarchy(Path procRoot) {
        // Lines of "hierarchy:controller,controller:path".
        for (String line : lines(procRoot.resolve("self/cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                return number(parts[0]);
            }
        }
        // Lines of "controller hierarchy cgroups enabled", by tabs.
        for (String line : lines(procRoot.resolve("cgroups"))) {
            String[] parts = line.split("\\s+");
            if (parts.length > 1 && parts[0].equals("memory")) {
                return number(parts[1]);
            }
        }
        return 0;
    }

    private static Optional<Path> v1Mount(Path procRoot, Path cgroupRoot) {
        Path usual = cgroupRoot.resolve("memory");
        if (Files.isDirectory(usual)) {
            return Optional.of(usual);
        }
        // proc(5), mountinfo: id parent major:minor root mount-point options [fields] - type source super-options
        return lines(procRoot.resolve("self/mountinfo")).stream()
                .map(line -> line.split(" "))
                .filter(CgroupHierarchy::mountsMemory)
                .map(parts -> Path.of(parts[4]))
                .filter(path -> path.startsWith(cgroupRoot))
                .findFirst();
    }

    /** Whether a line of mountinfo mounts the v1 memory controller, alone or with others. */
    private static boolean mountsMemory(String[] parts) {
        int separator = Arrays.asList(parts).indexOf("-");
        return separator > 5
                && separator + 3 < parts.length
                && parts[separator + 1].equals("cgroup")
                && List.of(parts[separator + 3].split(",")).contains("memory");
    }

    private static Optional<Path> v2Mount(Path cgroupRoot) {
        for (Path candidate : List.of(cgroupRoot, cgroupRoot.resolve("unified"))) {
            if (Files.exists(candidate.resolve("cgroup.controllers"))) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
