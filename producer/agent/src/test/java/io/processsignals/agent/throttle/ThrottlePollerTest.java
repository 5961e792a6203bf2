// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.assemble.Throttling;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.raw.CgroupRecordFlyweight;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.agent.raw.RecordFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as the kernel writes them; the kernel itself is asked in {@link ThrottleIT}. */
class ThrottlePollerTest {
    private static final String CONTAINER = "/docker/" + "a".repeat(64);
    private static final long ID = 77;

    @TempDir
    private Path root;

    private long bootMicros = 1_000_000;

    @BeforeEach
    void makeCgroup() throws IOException {
        Files.createDirectories(root.resolve("docker").resolve("a".repeat(64)));
        Files.createDirectories(root.resolve("cpu/docker").resolve("a".repeat(64)));
    }

    @Test
    void growthOfV2IsInMicroseconds() throws IOException {
        ThrottlePoller poller = v2();
        Cgroups cgroups = cgroups(poller);
        appear(cgroups, 500_000_000);
        v2Stat(10, 4, 5_000);
        write("cpu.max", "50000 100000\n");

        poller.readAll();

        assertThat(poller.poll())
                .isEqualTo(new Throttling(
                        ID, 500_000, 1_000_000, 10, 4, 5_000, OptionalLong.of(50_000), OptionalLong.of(100_000)));
        assertThat(poller.poll()).isNull();

        v2Stat(30, 5, 6_000);
        write("cpu.max", "max 100000\n");
        bootMicros = 2_000_000;
        poller.readAll();

        assertThat(poller.poll())
                .isEqualTo(new Throttling(
                        ID, 1_000_000, 2_000_000, 20, 1, 1_000, OptionalLong.empty(), OptionalLong.of(100_000)));
    }

    @Test
    void growthOfV1IsInNanoseconds() throws IOException {
        ThrottlePoller poller = new ThrottlePoller(
                new CgroupHierarchy(4, Optional.of(root), Optional.empty()),
                root,
                Duration.ofHours(1),
                () -> bootMicros);
        appear(cgroups(poller, 4), 4, 500_000_000);
        write("../../cpu" + CONTAINER + "/cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 5000999\n");
        write("../../cpu" + CONTAINER + "/cpu.cfs_quota_us", "-1\n");
        write("../../cpu" + CONTAINER + "/cpu.cfs_period_us", "100000\n");

        poller.readAll();

        assertThat(poller.poll())
                .isEqualTo(new Throttling(
                        ID, 500_000, 1_000_000, 10, 4, 5_000, OptionalLong.empty(), OptionalLong.of(100_000)));
    }

    @Test
    void whatIsNotThrottledMakesNoEvent() throws IOException {
        ThrottlePoller poller = v2();
        appear(cgroups(poller), 500_000_000);
        v2Stat(10, 0, 0);

        poller.readAll();

        assertThat(poller.poll()).isNull();
    }

    @Test
    void whatHappenedBeforeTheFirstReadingIsNotClaimed() throws IOException {
        ThrottlePoller poller = v2();
        Files.createDirectories(root.resolve("x"));
        Cgroups cgroups = cgroups(poller);
        v2Stat(10, 4, 5_000);
        cgroups.scan();

        poller.readAll();
        assertThat(poller.poll()).isNull();

        v2Stat(11, 5, 5_500);
        poller.readAll();
        assertThat(poller.poll()).satisfies(grown -> {
            assertThat(grown.throttledPeriods()).isEqualTo(1);
            assertThat(grown.throttledMicros()).isEqualTo(500);
        });
    }

    @Test
    void cgroupMadeAnewCountsFromZero() throws IOException {
        ThrottlePoller poller = v2();
        appear(cgroups(poller), 500_000_000);
        v2Stat(10, 4, 5_000);
        poller.readAll();
        poller.poll();

        v2Stat(2, 1, 100);
        poller.readAll();
        assertThat(poller.poll()).isNull();

        v2Stat(3, 2, 300);
        poller.readAll();
        assertThat(poller.poll().throttledMicros()).isEqualTo(200);
    }

    @Test
    void removedCgroupIsNotReadAgain() throws IOException {
        ThrottlePoller poller = v2();
        Cgroups cgroups = cgroups(poller);
        appear(cgroups, 500_000_000);
        cgroups.apply(record(
                RawRecord.cgroup(ID, 0, CONTAINER).header(0, 2, 600_000_000, 1).flags(RecordFlags.CGROUP_REMOVED)));
        v2Stat(10, 4, 5_000);

        poller.readAll();

        assertThat(poller.poll()).isNull();
    }

    @Test
    void missingAndStrangeFilesAreNoEvent() throws IOException {
        ThrottlePoller poller = v2();
        appear(cgroups(poller), 500_000_000);
        poller.readAll();
        for (String text : new String[] {"", "nr_periods x\n", "usage_usec 5\n", "nr_periods 1\nnr_throttled 1\n"}) {
            write("cpu.stat", text);
            poller.readAll();
        }

        assertThat(poller.poll()).isNull();
    }

    private ThrottlePoller v2() throws IOException {
        Path withoutV1 = Files.createDirectories(root.resolve("docker"));
        return new ThrottlePoller(
                new CgroupHierarchy(0, Optional.of(root), Optional.empty()),
                withoutV1,
                Duration.ofHours(1),
                () -> bootMicros);
    }

    private Cgroups cgroups(ThrottlePoller poller) {
        return cgroups(poller, 0);
    }

    private Cgroups cgroups(ThrottlePoller poller, int hierarchy) {
        Cgroups cgroups = new Cgroups(
                new CgroupHierarchy(hierarchy, Optional.of(root), Optional.empty()),
                Path.of("/proc"),
                100,
                Duration.ofMinutes(1));
        cgroups.listen(poller);
        return cgroups;
    }

    private static void appear(Cgroups cgroups, long bootNanos) {
        appear(cgroups, 0, bootNanos);
    }

    private static void appear(Cgroups cgroups, int hierarchy, long bootNanos) {
        cgroups.apply(record(RawRecord.cgroup(ID, hierarchy, CONTAINER).header(0, 1, bootNanos, 1)));
    }

    private static CgroupRecordFlyweight record(RawRecord record) {
        return new CgroupRecordFlyweight().wrap(record.toArray(), 0);
    }

    private void v2Stat(long periods, long throttled, long micros) throws IOException {
        write(
                "cpu.stat",
                "usage_usec 9\nuser_usec 5\nsystem_usec 4\nnr_periods " + periods + "\nnr_throttled " + throttled
                        + "\nthrottled_usec " + micros + "\nnr_bursts 0\nburst_usec 0\n");
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(
                root.resolve("docker").resolve("a".repeat(64)).resolve(file).normalize(), text);
    }
}
