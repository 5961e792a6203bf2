// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import io.processsignals.agent.identity.CgroupHierarchy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where the cpu controller's files of a cgroup are. On v1 that is a hierarchy of its own, in which runtimes give a
 * container the same path as in the memory controller's.
 *
 * @param mount where the hierarchy is mounted
 * @param v1 which names and units its files have
 */
record CpuHierarchy(Path mount, boolean v1) {
    private static final List<String> V1_NAMES = List.of("cpu", "cpu,cpuacct", "cpuacct,cpu");

    /**
     * @param quotaMicros CPU time a period; empty if unlimited or not known
     * @param periodMicros length of a period; empty if not known
     */
    record Limit(OptionalLong quotaMicros, OptionalLong periodMicros) {}

    /** @param cgroupRoot what {@code /sys/fs/cgroup} of the host is called here */
    static Optional<CpuHierarchy> detect(CgroupHierarchy containers, Path cgroupRoot) {
        for (String name : V1_NAMES) {
            Path mount = cgroupRoot.resolve(name);
            if (Files.isDirectory(mount)) {
                return Optional.of(new CpuHierarchy(mount, true));
            }
        }
        return containers.number() == 0
                ? containers.mount().map(mount -> new CpuHierarchy(mount, false))
                : Optional.empty();
    }

    /** @return empty if the cgroup is gone or has no bandwidth figures */
    Optional<CpuStat> stat(String path) {
        return read(path, "cpu.stat").flatMap(CpuStat::parse);
    }

    Limit limit(String path) {
        if (v1) {
            // -1 is "unlimited", and no number
            return new Limit(number(read(path, "cpu.cfs_quota_us")), number(read(path, "cpu.cfs_period_us")));
        }
        // "max 100000" or "50000 100000"
        String[] parts = read(path, "cpu.max").orElse("").strip().split(" ", -1);
        return new Limit(
                number(Optional.of(parts[0])), parts.length > 1 ? number(Optional.of(parts[1])) : OptionalLong.empty());
    }

    private Optional<String> read(String path, String file) {
        try {
            return Optional.of(Files.readString(mount.resolve(path.substring(1)).resolve(file)));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static OptionalLong number(Optional<String> text) {
        return text.map(String::strip)
                .filter(value -> value.matches("\\d{1,15}"))
                .map(value -> OptionalLong.of(Long.parseLong(value)))
                .orElse(OptionalLong.empty());
    }
}
