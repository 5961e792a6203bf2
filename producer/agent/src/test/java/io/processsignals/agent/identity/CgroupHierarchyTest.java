// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupHierarchyTest {
    private static final String V1_CGROUPS = """
            #subsys_name\thierarchy\tnum_cgroups\tenabled
            cpu\t1\t1\t1
            memory\t4\t15\t1
            """;
    private static final String V2_CGROUPS = V1_CGROUPS.replace("\t4\t", "\t0\t");

    @TempDir
    Path proc;

    @TempDir
    Path cgroup;

    @BeforeEach
    void makeSelf() throws IOException {
        Files.createDirectory(proc.resolve("self"));
    }

    @Test
    void v1WhereTheMemoryControllerIsMountedThere() throws IOException {
        Files.createDirectory(cgroup.resolve("memory"));
        Files.writeString(proc.resolve("self/cgroup"), "8:pids:/\n11:cpu,memory:/x\n0::/\n");
        assertThat(detect().number()).isEqualTo(11);
        assertThat(detect().mount()).contains(cgroup.resolve("memory"));
        assertThat(detect().problem()).isEmpty();
    }

    @Test
    void procCgroupsTellsWhereTheProcessesOwnFileDoesNot() throws IOException {
        Files.createDirectory(cgroup.resolve("memory"));
        Files.writeString(proc.resolve("self/cgroup"), "0::/\n");
        Files.writeString(proc.resolve("cgroups"), V1_CGROUPS);
        assertThat(detect().number()).isEqualTo(4);
    }

    @Test
    void v1MountedElsewhereIsFoundInMountinfo() throws IOException {
        Path mounted = Files.createDirectory(cgroup.resolve("cpu+memory"));
        Files.writeString(proc.resolve("cgroups"), V1_CGROUPS);
        Files.writeString(
                proc.resolve("self/mountinfo"),
                "31 23 0:28 / " + cgroup + " rw shared:9 - tmpfs tmpfs rw,mode=755\n" + "32 31 0:29 / " + cgroup
                        + "/pids rw - cgroup cgroup rw,pids\n"
                        + "34 31 0:30 / /elsewhere rw - cgroup cgroup rw,memory\n"
                        + "33 31 0:29 / " + mounted + " rw shared:1 master:2 - cgroup cgroup rw,cpu,memory\n");
        assertThat(detect().mount()).contains(mounted);
    }

    @Test
    void v2OtherwiseAlsoBesideV1() throws IOException {
        Files.writeString(proc.resolve("cgroups"), V2_CGROUPS);
        Files.createDirectory(cgroup.resolve("unified"));
        Files.createFile(cgroup.resolve("unified/cgroup.controllers"));
        assertThat(detect().number()).isZero();
        assertThat(detect().mount()).contains(cgroup.resolve("unified"));

        Files.createFile(cgroup.resolve("cgroup.controllers"));
        assertThat(detect().mount()).contains(cgroup);
    }

    @Test
    void saysWhatToDoIfNothingIsMounted() {
        assertThat(detect().mount()).isEmpty();
        assertThat(detect().problem().orElseThrow())
                .contains("v2", cgroup.toString(), "mount the host's /sys/fs/cgroup");
    }

    @Test
    void aPartOfTheHierarchyIsNotBelieved() throws IOException {
        Files.createFile(cgroup.resolve("cgroup.controllers"));
        CgroupHierarchy hierarchy = CgroupHierarchy.detect(proc, cgroup, inode -> false);
        assertThat(hierarchy.mount()).isEmpty();
        assertThat(hierarchy.problem().orElseThrow()).contains("part", "mount the host's");
    }

    private CgroupHierarchy detect() {
        return CgroupHierarchy.detect(proc, cgroup, inode -> true);
    }
}
