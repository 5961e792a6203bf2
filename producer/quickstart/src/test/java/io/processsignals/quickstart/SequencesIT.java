// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Delivered and accounted for as lost together are everything that was counted in the kernel. */
class SequencesIT {
    private static final int EVENTS = 100_000;
    private static final int CPUS = Runtime.getRuntime().availableProcessors();

    /** One sequence of the kernel. */
    private record Counter(long captureId, Hook hook, int cpu) {}

    @BeforeAll
    static void requireKernel() {
        KernelAccess.require();
    }

    @Test
    void everySequenceIsDeliveredOrCountedAsLost() throws Exception {
        // What is not published within the limit is lost with the agent: on a loaded machine it takes longer.
        Map<String, String> patient =
                Map.of(AgentConfig.SHUTDOWN_TIMEOUT_MS_CONFIG, "120000", AgentConfig.RATE_LIMIT_EVENTS_CONFIG, "0");
        try (Quickstart quickstart = Quickstart.start(Quickstart.Ports.free(), patient)) {
            quickstart.awaitReady();
            onEveryCpu("paced", 20_000);
            onEveryCpu("children", 8_000);
            onEveryCpu("signals", 20_000);
            // One event more of each kind on each CPU, when the ring has room again, makes every gap visible.
            Thread.sleep(Duration.ofSeconds(3).toMillis());
            onEveryCpu("signals", 1);
            onEveryCpu("children", 1);
            quickstart.stopAgent();

            verify(read(quickstart));
        }
    }

    private static void verify(List<EventRecord> records) {
        Map<Counter, Set<Long>> delivered = new HashMap<>();
        Map<Counter, Long> lost = new HashMap<>();
        long duplicates = 0;
        for (EventRecord record : records) {
            ProcessSignalEvent event = record.event();
            if (event.getHook() != Hook.AGENT) {
                Counter counter = new Counter(event.getCaptureId(), event.getHook(), event.getCpu());
                if (!delivered.computeIfAbsent(counter, key -> new HashSet<>()).add(event.getSequence())) {
                    duplicates++;
                }
            } else if (event.getEventType() == EventType.EVENTS_LOST) {
                LostInfo info = event.getLostInfo();
                lost.merge(
                        new Counter(info.getLostCaptureId(), info.getLostHook(), info.getLostCpu()),
                        info.getCount(),
                        Long::sum);
            }
        }
        long total = 0;
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<Counter, Set<Long>> entry : delivered.entrySet()) {
            long last =
                    entry.getValue().stream().mapToLong(Long::longValue).max().orElse(0);
            long missing = last - entry.getValue().size();
            long told = lost.getOrDefault(entry.getKey(), 0L);
            total += last;
            if (missing != told) {
                wrong.add(entry.getKey() + ": " + missing + " missing, " + told + " told");
            }
        }
        System.out.println("sequences " + total + ", delivered " + records.size() + ", lost " + lost);
        assertThat(duplicates).isZero();
        assertThat(total).isGreaterThanOrEqualTo(EVENTS);
        assertThat(wrong).isEmpty();
    }

    private static List<EventRecord> read(Quickstart quickstart) throws Exception {
        try (TopicEvents events = new TopicEvents(quickstart.openReader(true))) {
            return events.readAll();
        }
    }

    private static void onEveryCpu(String what, int count) throws Exception {
        List<Process> running = new ArrayList<>();
        for (int cpu = 0; cpu < CPUS; cpu++) {
            running.add(Deaths.start(
                    "taskset", "-c", Integer.toString(cpu), Deaths.program(), what, Integer.toString(count)));
        }
        for (Process process : running) {
            assertThat(process.waitFor()).as("exit code of %s", what).isZero();
        }
    }
}
