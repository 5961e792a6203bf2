// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import io.processsignals.agent.Collector;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A container that really is throttled: a cgroup as a runtime makes it, with a CPU quota, and a process in it that
 * wants more. Needs root and the cpu controller, v1 or v2. Runs in a guest too, so without JUnit.
 */
final class ThrottledContainer implements AutoCloseable {
    static final String ID = "0123456789abcdef".repeat(4);
    static final long QUOTA = 10_000;
    static final long PERIOD = 50_000;

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private final String parent =
            "process-signals-it-" + ProcessHandle.current().pid();
    private final List<Path> made = new ArrayList<>();

    /**
     * What a busy spell of the container came to.
     *
     * @param events all CPU_THROTTLED events about the container
     * @param total the cgroup's own figures over the same time, its whole life
     */
    record Spell(List<ProcessSignalEvent> events, CpuStat total) {
        long throttledPeriods() {
            return events.stream()
                    .mapToLong(event -> event.getThrottleInfo().getThrottledPeriods())
                    .sum();
        }

        long throttledMicros() {
            return events.stream()
                    .mapToLong(event -> event.getThrottleInfo().getThrottledTime())
                    .sum();
        }
    }

    static boolean isPossible() throws IOException {
        return isV1() || Files.readString(ROOT.resolve("cgroup.controllers")).contains("cpu");
    }

    private static boolean isV1() {
        return Files.isDirectory(ROOT.resolve("cpu"));
    }

    /** Burns CPU in the container until throttling was told three times, then reads what is left to be told. */
    Spell spell() throws IOException, InterruptedException {
        try (Collector collector = Collector.open("throttle", Map.of("throttle.interval.ms", "300"))) {
            Path cpu = make();
            Process busy = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElseThrow(),
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Busy.class.getName())
                    .start();
            List<ProcessSignalEvent> events = new ArrayList<>();
            try {
                Files.writeString(cpu.resolve("cgroup.procs"), Long.toString(busy.pid()));
                while (events.size() < 3) {
                    events.add(next(collector));
                }
            } finally {
                busy.destroyForcibly().waitFor();
            }
            // Nothing runs there any more: what is left is the last interval to be told
            CpuStat total = settled(cpu.resolve("cpu.stat"));
            Spell spell = new Spell(events, total);
            while (spell.throttledPeriods() < total.throttledPeriods()) {
                events.add(next(collector));
            }
            return spell;
        }
    }

    /** The figures, once they stand still: the period that the last process died in is counted at its end. */
    private static CpuStat settled(Path stat) throws IOException, InterruptedException {
        CpuStat before = null;
        CpuStat now = CpuStat.parse(Files.readString(stat)).orElseThrow();
        while (!now.equals(before)) {
            TimeUnit.MICROSECONDS.sleep(3 * PERIOD);
            before = now;
            now = CpuStat.parse(Files.readString(stat)).orElseThrow();
        }
        return now;
    }

    private static ProcessSignalEvent next(Collector collector) {
        for (ProcessSignalEvent event : collector.events()) {
            if (event.getEventType() == EventType.CPU_THROTTLED
                    && ID.equals(event.getContainer().getContainerId())) {
                return event;
            }
        }
        throw new IllegalStateException("the collector has ended");
    }

    /** As a runtime does: the same path in every hierarchy. */
    private Path make() throws IOException {
        if (isV1()) {
            Path cpu = folder(ROOT.resolve("cpu"));
            Files.writeString(cpu.resolve("cpu.cfs_period_us"), Long.toString(PERIOD));
            Files.writeString(cpu.resolve("cpu.cfs_quota_us"), Long.toString(QUOTA));
            folder(ROOT.resolve("memory"));
            return cpu;
        }
        Path outer = Files.createDirectory(ROOT.resolve(parent));
        made.add(outer);
        Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+cpu");
        Files.writeString(outer.resolve("cgroup.subtree_control"), "+cpu");
        Path cpu = Files.createDirectory(outer.resolve(ID));
        made.add(cpu);
        Files.writeString(cpu.resolve("cpu.max"), QUOTA + " " + PERIOD);
        return cpu;
    }

    private Path folder(Path hierarchy) throws IOException {
        Path outer = Files.createDirectory(hierarchy.resolve(parent));
        made.add(outer);
        Path inner = Files.createDirectory(outer.resolve(ID));
        made.add(inner);
        return inner;
    }

    @Override
    public void close() throws IOException {
        for (int i = made.size() - 1; i >= 0; i--) {
            removeOnceEmpty(made.get(i));
        }
    }

    /** The kernel lets go of the last process a moment after it was waited for. */
    private static void removeOnceEmpty(Path cgroup) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                Files.delete(cgroup);
                return;
            } catch (IOException e) {
                if (attempt == 100) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
    }

    /** A program that wants a whole CPU; a Java one, since a guest has no other. */
    static final class Busy {
        private Busy() {}

        public static void main(String[] arguments) {
            while (true) {
                Thread.onSpinWait();
            }
        }
    }

    /** In a guest: prints what the agent and what the cgroup say, one line each, figures in the same order. */
    public static void main(String[] arguments) throws Exception {
        try (ThrottledContainer container = new ThrottledContainer()) {
            Spell spell = container.spell();
            System.out.println("hierarchy " + (isV1() ? "v1" : "v2"));
            System.out.println("agent " + spell.throttledPeriods() + " " + spell.throttledMicros());
            System.out.println("kernel " + spell.total().throttledPeriods() + " "
                    + spell.total().throttledMicros());
        }
    }
}
