// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.processsignals.agent.raw.CgroupRecordFlyweight;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.events.ContainerRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupsTest {
    private static final int V1_NUMBER = 4;
    private static final long SECOND = 1_000_000_000L;
    private static final String CID = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa00112233445566778899";

    @TempDir
    Path proc;

    @TempDir
    Path mount;

    private Cgroups cgroups;

    @BeforeEach
    void open() {
        cgroups = open(100);
    }

    private Cgroups open(int maxEntries) {
        CgroupHierarchy hierarchy = new CgroupHierarchy(V1_NUMBER, Optional.of(mount), Optional.empty());
        return new Cgroups(hierarchy, proc, maxEntries, Duration.ofSeconds(60));
    }

    @Test
    void theWalkLearnsWhatIsThere() throws IOException {
        Path leaf = Files.createDirectories(mount.resolve("system.slice/docker-" + CID + ".scope"));
        Files.createFile(leaf.resolve("tasks"));
        assertThat(cgroups.scan()).isEqualTo(3);
        CgroupEntry entry = cgroups.find(CgroupHierarchy.inode(leaf), 0, 0);
        assertThat(entry.path()).hasToString("/system.slice/docker-" + CID + ".scope");
        assertThat(entry.container().runtime).isEqualTo(ContainerRuntime.DOCKER);
        assertThat(entry.container().containerId).hasToString(CID);
        assertThat(cgroups.find(CgroupHierarchy.inode(mount), 0, 0).path()).hasToString("/");
    }

    @Test
    void namesThatAreNotUtf8AreKeptApart() throws IOException {
        Path odd = PathBytes.resolve(mount, new byte[] {'/', 'a', (byte) 0xff, (byte) 0xc3, (byte) 0xa9, '%', ' '});
        Files.createDirectory(odd);
        cgroups.scan();
        assertThat(cgroups.find(CgroupHierarchy.inode(odd), 0, 0).path()).hasToString("/a\uefffé% ");
    }

    @Test
    void mkdirIsLearnedAndKeptForAWhilePastRmdir() {
        apply(RawRecord.cgroup(77, V1_NUMBER, "/kubepods/burstable/x"), 10 * SECOND);
        assertThat(cgroups.find(77, 0, 10 * SECOND).path()).hasToString("/kubepods/burstable/x");

        apply(removal(77, "/kubepods/burstable/x"), 20 * SECOND);
        assertThat(cgroups.find(77, 0, 79 * SECOND).path()).isNotNull();
        apply(RawRecord.cgroup(78, V1_NUMBER, "/y"), 80 * SECOND);
        assertThat(cgroups.find(77, 0, 80 * SECOND).path()).isNotNull();
        apply(RawRecord.cgroup(79, V1_NUMBER, "/z"), 80 * SECOND + 1);
        assertThat(cgroups.find(77, 0, 81 * SECOND).path()).isNull();
        assertThat(cgroups.evictions()).isZero();
    }

    @Test
    void idsOfOtherHierarchiesAreNotMixedIn() {
        apply(RawRecord.cgroup(5, 0, "/v2"), 0);
        assertThat(cgroups.find(5, 0, 0).path()).isNull();
        apply(RawRecord.cgroup(5, V1_NUMBER, "/v1"), 0);
        apply(RawRecord.cgroup(5, 9, "/other").flags(RecordFlags.CGROUP_REMOVED), 0);
        apply(RawRecord.cgroup(6, V1_NUMBER, "/later"), 1000 * SECOND);
        assertThat(cgroups.find(5, 0, 1000 * SECOND).path()).hasToString("/v1");
    }

    @Test
    void aTruncatedPathIsNotBelieved() {
        apply(RawRecord.cgroup(5, V1_NUMBER, "/cut").flags(RecordFlags.PATH_TRUNCATED), 0);
        assertThat(cgroups.find(5, 0, 0).path()).isNull();
    }

    @Test
    void aRenewedIdTakesTheNewPath() {
        apply(RawRecord.cgroup(5, V1_NUMBER, "/old"), 0);
        apply(removal(5, "/old"), SECOND);
        apply(RawRecord.cgroup(5, V1_NUMBER, "/new"), 2 * SECOND);
        apply(RawRecord.cgroup(6, V1_NUMBER, "/other"), 1000 * SECOND);
        assertThat(cgroups.find(5, 0, 1000 * SECOND).path()).hasToString("/new");
    }

    @Test
    void theBoundDropsWhatWasRemovedFirstThenWhatWasUsedLast() {
        cgroups = open(3);
        apply(RawRecord.cgroup(1, V1_NUMBER, "/1"), 0);
        apply(RawRecord.cgroup(2, V1_NUMBER, "/2"), 0);
        apply(RawRecord.cgroup(3, V1_NUMBER, "/3"), 0);
        apply(removal(2, "/2"), 1);
        cgroups.find(1, 0, 2);
        apply(RawRecord.cgroup(4, V1_NUMBER, "/4"), 3);
        assertThat(known(1, 2, 3, 4)).containsExactly(true, false, true, true);
        cgroups.find(1, 0, 4);
        cgroups.find(4, 0, 4);
        apply(RawRecord.cgroup(5, V1_NUMBER, "/5"), 5);
        assertThat(known(1, 3, 4, 5)).containsExactly(true, false, true, true);
        assertThat(cgroups.evictions()).isEqualTo(2);
        assertThat(cgroups.size()).isEqualTo(3);
    }

    @Test
    void anUnknownIdIsLookedUpThroughAProcessThatIsInIt() throws IOException {
        Path leaf = Files.createDirectories(mount.resolve("a/b"));
        process(123, "9:pids:/wrong\n4:memory:/a/b\n0::/\n");
        assertThat(cgroups.find(CgroupHierarchy.inode(leaf), 123, 0).path()).hasToString("/a/b");
        assertThat(cgroups.find(CgroupHierarchy.inode(leaf), 0, 0).path()).hasToString("/a/b");
    }

    @Test
    void aProcessThatIsElsewhereByNowIsNotBelieved() throws IOException {
        Path leaf = Files.createDirectories(mount.resolve("a"));
        Files.createDirectories(mount.resolve("b"));
        long id = CgroupHierarchy.inode(leaf);
        process(1, "4:memory:/b\n");
        process(2, "4:memory:/\n"); // v1 shows a zombie in the root
        process(3, "4:memory:/gone\n");
        process(4, "4:memory:/../a\n"); // outside our cgroup namespace
        process(5, "0::/a\n");
        process(6, "");
        for (int pid = 1; pid <= 7; pid++) {
            assertThat(cgroups.find(id, pid, 1000 * SECOND * pid).path())
                    .as("pid %d", pid)
                    .isNull();
        }
        process(1, "4:memory:/a\n");
        assertThat(cgroups.find(id, 1, 9000 * SECOND).path()).hasToString("/a");
    }

    @Test
    void failedLookupsAreNotRepeatedForEveryEvent() throws IOException {
        Path leaf = Files.createDirectories(mount.resolve("a"));
        long id = CgroupHierarchy.inode(leaf);
        assertThat(cgroups.find(id, 7, 0).path()).isNull();
        process(7, "4:memory:/a\n");
        assertThat(cgroups.find(id, 7, SECOND - 1).path()).isNull();
        assertThat(cgroups.find(id, 7, SECOND).path()).hasToString("/a");
    }

    @Test
    void lookupsAreBoundedPerSecondOverAllIds() throws IOException {
        cgroups = open(10_000);
        Path leaf = Files.createDirectories(mount.resolve("a"));
        process(7, "4:memory:/a\n");
        for (int i = 0; i < Cgroups.ATTEMPTS_PER_SECOND; i++) {
            cgroups.find(SECOND + i, 7, 0);
        }
        long id = CgroupHierarchy.inode(leaf);
        assertThat(cgroups.find(id, 7, SECOND / 2).path()).isNull();
        assertThat(cgroups.find(id, 7, SECOND).path()).hasToString("/a");
    }

    @Test
    void anUnknownIdIsLearnedWhenItsMkdirArrivesLater() {
        assertThat(cgroups.find(5, 7, 0).path()).isNull();
        apply(RawRecord.cgroup(5, V1_NUMBER, "/late"), 0);
        assertThat(cgroups.find(5, 7, 0).path()).hasToString("/late");
        assertThat(cgroups.size()).isEqualTo(1);
    }

    @Test
    void withoutAMountOnlyRecordsTeach() throws IOException {
        cgroups = new Cgroups(
                new CgroupHierarchy(0, Optional.empty(), Optional.of("not mounted")), proc, 10, Duration.ofSeconds(1));
        assertThat(cgroups.scan()).isZero();
        assertThat(cgroups.find(5, 7, 0).path()).isNull();
        apply(RawRecord.cgroup(5, 0, "/a"), 0);
        assertThat(cgroups.find(5, 7, 0).path()).hasToString("/a");
    }

    @Test
    void theRunningKernelsOwnHierarchyIsUnderstood() throws IOException {
        CgroupHierarchy hierarchy = CgroupHierarchy.detect(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
        assumeTrue(hierarchy.mount().isPresent(), "no whole cgroup hierarchy here");
        Cgroups own = new Cgroups(hierarchy, Path.of("/proc"), 100_000, Duration.ofSeconds(60));
        assertThat(own.scan()).isPositive();
        assertThat(own.find(1, 0, 0).path()).hasToString("/");
    }

    private boolean[] known(long... ids) {
        boolean[] known = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            known[i] = cgroups.find(ids[i], 0, 0).path() != null;
        }
        return known;
    }

    @Test
    void whatTurnsUpBetweenTwoLookUpsIsTold() {
        PodDirectory pods = new PodDirectory(10, 10);
        cgroups.namePodsFrom(pods);
        apply(RawRecord.cgroup(77, V1_NUMBER, "/system.slice/docker-" + CID + ".scope"), SECOND);
        assertThat(cgroups.find(77, 0, SECOND).container().podName.isPresent()).isFalse();
        pods.learn(CID, PodNames.ofPod("shop", "web-1", Map.of()));
        assertThat(cgroups.find(77, 0, SECOND).container().podName).hasToString("web-1");
        pods.learn(CID, PodNames.ofPod("shop", "web-2", Map.of()));
        assertThat(cgroups.find(77, 0, SECOND).container().podName).hasToString("web-2");

        PodDirectory others = new PodDirectory(10, 10);
        others.learn(CID, PodNames.ofPod("shop", "web-3", Map.of()));
        cgroups.namePodsFrom(others);
        assertThat(cgroups.find(77, 0, SECOND).container().podName).hasToString("web-3");

        apply(RawRecord.cgroup(77, V1_NUMBER, "/moved"), SECOND);
        assertThat(cgroups.find(77, 0, SECOND).path()).hasToString("/moved");
    }

    private void process(int pid, String cgroupFile) throws IOException {
        Path folder = Files.createDirectories(proc.resolve(Integer.toString(pid)));
        Files.write(folder.resolve("cgroup"), cgroupFile.getBytes(UTF_8));
    }

    private static RawRecord removal(long id, String path) {
        return RawRecord.cgroup(id, V1_NUMBER, path).flags(RecordFlags.CGROUP_REMOVED);
    }

    private void apply(RawRecord record, long bootNs) {
        cgroups.apply(
                new CgroupRecordFlyweight().wrap(record.header(0, 1, bootNs, 1).toArray(), 0));
    }
}
