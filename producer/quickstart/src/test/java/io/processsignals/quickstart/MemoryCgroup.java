// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A control group with a memory limit, v1 or v2; removed at the end. */
final class MemoryCgroup implements AutoCloseable {
    private static final Path V1 = Path.of("/sys/fs/cgroup/memory");
    private static final Path V2 = Path.of("/sys/fs/cgroup");

    private final Path folder;

    private MemoryCgroup(Path folder) {
        this.folder = folder;
    }

    static MemoryCgroup create(long bytes) throws IOException {
        boolean v1 = Files.isDirectory(V1);
        String name = "process-signals-test-" + UUID.randomUUID();
        if (!v1) {
            Files.writeString(V2.resolve("cgroup.subtree_control"), "+memory");
        }
        Path folder = Files.createDirectory((v1 ? V1 : V2).resolve(name));
        MemoryCgroup cgroup = new MemoryCgroup(folder);
        Files.writeString(folder.resolve(v1 ? "memory.limit_in_bytes" : "memory.max"), Long.toString(bytes));
        return cgroup;
    }

    /** Its path below the hierarchy's root. */
    String path() {
        return "/" + folder.getFileName();
    }

    /** Starts a program as a member. */
    Process start(String program, String... arguments) throws IOException {
        String[] command = new String[arguments.length + 4];
        command[0] = "sh";
        command[1] = "-c";
        command[2] = "echo $$ > " + folder.resolve("cgroup.procs") + " && exec \"$0\" \"$@\"";
        command[3] = program;
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        return Deaths.start(command);
    }

    @Override
    public void close() throws IOException {
        Files.delete(folder);
    }
}
