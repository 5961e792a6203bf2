// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.processsignals.agent.Collector;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.ThrottleInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A container that really is throttled. Needs root, BTF and the cpu controller, v1 or v2. */
@Timeout(120)
class ThrottleIT {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String CONTAINER_ID = "0123456789abcdef".repeat(4);
    private static final long QUOTA = 10_000;
    private static final long PERIOD = 50_000;

    private final boolean v1 = Files.isDirectory(ROOT.resolve("cpu"));
    private final String parent =
            "process-signals-it-" + ProcessHandle.current().pid();
    private final List<Path> made = new ArrayList<>();

    @BeforeEach
    void needsTheController() throws IOException {
        assumeTrue(
                v1 || Files.readString(ROOT.resolve("cgroup.controllers")).contains("cpu"),
                "THROTTLING IS NOT TESTED: this machine has no cpu controller");
    }

    @AfterEach
    void remove() throws Exception {
        for (int i = made.size() - 1; i >= 0; i--) {
            removeOnceEmpty(made.get(i));
        }
    }

    @Test
    void eventsAddUpToTheCgroupsOwnFigures() throws Exception {
        try (Collector collector = Collector.open("throttle", Map.of("throttle.interval.ms", "300"))) {
            Path cpu = makeContainer();
            Process busy = new ProcessBuilder(
                            "sh", "-c", "echo $$ > " + cpu.resolve("cgroup.procs") + "; while :; do :; done")
                    .start();
            List<ProcessSignalEvent> events = new ArrayList<>();
            try {
                while (events.size() < 3) {
                    events.addAll(throttled(collector, 1));
                }
            } finally {
                busy.destroyForcibly().waitFor();
            }

            // Nothing runs there any more: the figures stand still, and the last interval is yet to be told
            CpuStat total =
                    CpuStat.parse(Files.readString(cpu.resolve("cpu.stat"))).orElseThrow();
            while (sum(events) < total.throttledPeriods()) {
                events.addAll(throttled(collector, 1));
            }

            assertThat(sum(events)).isEqualTo(total.throttledPeriods());
            assertThat(events.stream()
                            .mapToLong(event -> event.getThrottleInfo().getThrottledTime())
                            .sum())
                    .isEqualTo(total.throttledMicros());
            for (ProcessSignalEvent event : events) {
                ThrottleInfo info = event.getThrottleInfo();
                assertThat(event.getContainer().getContainerId()).isEqualTo(CONTAINER_ID);
                assertThat(event.getTgid()).isZero();
                assertThat(info.getQuota()).isEqualTo(QUOTA);
                assertThat(info.getPeriod()).isEqualTo(PERIOD);
                assertThat(info.getPeriods()).isGreaterThanOrEqualTo(info.getThrottledPeriods());
                assertThat(info.getIntervalEnd()).isGreaterThan(info.getIntervalStart());
            }
        }
    }

    private static List<ProcessSignalEvent> throttled(Collector collector, int atLeast) {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (ProcessSignalEvent event : collector.events()) {
            if (event.getEventType() == EventType.CPU_THROTTLED
                    && CONTAINER_ID.equals(event.getContainer().getContainerId())) {
                events.add(event);
            }
            if (events.size() >= atLeast) {
                return events;
            }
        }
        throw new IllegalStateException("the collector has ended");
    }

    private static long sum(List<ProcessSignalEvent> events) {
        return events.stream()
                .mapToLong(event -> event.getThrottleInfo().getThrottledPeriods())
                .sum();
    }

    /** As a runtime does: the same path in every hierarchy. */
    private Path makeContainer() throws IOException {
        if (v1) {
            Path cpu = make(ROOT.resolve("cpu"));
            Files.writeString(cpu.resolve("cpu.cfs_period_us"), Long.toString(PERIOD));
            Files.writeString(cpu.resolve("cpu.cfs_quota_us"), Long.toString(QUOTA));
            make(ROOT.resolve("memory"));
            return cpu;
        }
        Path outer = Files.createDirectory(ROOT.resolve(parent));
        made.add(outer);
        Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+cpu");
        Files.writeString(outer.resolve("cgroup.subtree_control"), "+cpu");
        Path cpu = Files.createDirectory(outer.resolve(CONTAINER_ID));
        made.add(cpu);
        Files.writeString(cpu.resolve("cpu.max"), QUOTA + " " + PERIOD);
        return cpu;
    }

    private Path make(Path hierarchy) throws IOException {
        Path outer = Files.createDirectory(hierarchy.resolve(parent));
        made.add(outer);
        Path inner = Files.createDirectory(outer.resolve(CONTAINER_ID));
        made.add(inner);
        return inner;
    }

    /** The kernel lets go of the last process a moment after it was waited for. */
    private static void removeOnceEmpty(Path cgroup) throws Exception {
        for (int attempt = 0; ; attempt++) {
            try {
                Files.delete(cgroup);
                return;
            } catch (IOException e) {
                if (attempt == 100) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }
}
