// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalOrigin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole way from the kernel to decoded events. Needs root and BTF. */
@Timeout(120)
class CollectorIT {
    private static final String NAME = "runtime-signals";

    @Test
    void aKillIsSeenWithItsSenderAndTheExitItCaused() throws Exception {
        try (Collector collector = Collector.open(NAME, Map.of("node.name", "node-1"))) {
            Process victim = new ProcessBuilder("sleep", "300").start();
            victim.destroyForcibly();
            victim.waitFor();

            List<ProcessSignalEvent> events = eventsUntilExitOf(collector, victim.pid());

            assertThat(events)
                    .filteredOn(event -> event.getTgid() == victim.pid())
                    .extracting(ProcessSignalEvent::getEventType)
                    .contains(EventType.PROCESS_EXEC, EventType.SIGNAL_SENT)
                    .endsWith(EventType.PROCESS_EXIT);
            ProcessSignalEvent exit = events.get(events.size() - 1);
            assertThat(exit.getNode()).isEqualTo("node-1");
            assertThat(exit.getCommand()).isEqualTo("sleep");
            assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
            assertThat(exit.getExitInfo().getSignalName()).isEqualTo("SIGKILL");
            assertThat(exit.getExitInfo().getCause().getOrigin()).isEqualTo(SignalOrigin.USER);
            assertThat(exit.getExitInfo().getCause().getSenderPid())
                    .isEqualTo((int) ProcessHandle.current().pid());
        }
    }

    @Test
    void anExitByItselfHasNoCause() throws Exception {
        try (Collector collector = Collector.open(NAME, Map.of())) {
            Process victim = new ProcessBuilder("sh", "-c", "exit 137").start();
            victim.waitFor();

            List<ProcessSignalEvent> events = eventsUntilExitOf(collector, victim.pid());

            ProcessSignalEvent exit = events.get(events.size() - 1);
            assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
            assertThat(exit.getExitInfo().getSignal()).isNull();
            assertThat(exit.getExitInfo().getCause()).isNull();
        }
    }

    @Test
    void everySequenceIsDeliveredOrCountedAsLost() throws Exception {
        // A buffer far too small, and nobody reads before the storm is over.
        try (Collector collector = Collector.open(NAME, Map.of("buffer.size", "50"))) {
            for (int i = 0; i < 300; i++) {
                new ProcessBuilder("true").start().waitFor();
            }

            Map<String, Ledger> ledgers = new HashMap<>();
            Process last = null;
            boolean settled = false;
            long accountedLost = 0;
            for (int round = 0; round < 200 && !settled; round++) {
                List<ProcessSignalEvent> batch = drain(collector);
                batch.forEach(event -> account(ledgers, event));
                accountedLost =
                        ledgers.values().stream().mapToLong(Ledger::lost).sum();
                if (accountedLost > 0 && last == null) {
                    last = new ProcessBuilder("true").start();
                    last.waitFor();
                }
                settled = accountedLost > 0
                        && last != null
                        && ledgers.values().stream().allMatch(Ledger::isComplete);
                TimeUnit.MILLISECONDS.sleep(50);
            }

            assertThat(accountedLost).as("the storm was larger than the buffer").isPositive();
            assertThat(ledgers.entrySet())
                    .allSatisfy(entry -> assertThat(entry.getValue().isComplete())
                            .as("%s: %s", entry.getKey(), entry.getValue())
                            .isTrue());
        }
    }

    @Test
    @SuppressWarnings("try") // closed early on purpose
    void interruptingEndsTheIterationAndClosingDoesToo() throws Exception {
        try (Collector collector = Collector.open(NAME, Map.of("signals.mask", "SIGKILL"))) {
            AtomicBoolean interrupted = new AtomicBoolean();
            CountDownLatch ended = new CountDownLatch(1);
            Thread reader = new Thread(() -> {
                for (ProcessSignalEvent event : collector.events()) {
                    assertThat(event.getBootId()).isNotEmpty();
                }
                interrupted.set(Thread.currentThread().isInterrupted());
                ended.countDown();
            });
            reader.start();
            reader.interrupt();
            ended.await();
            assertThat(interrupted).isTrue();

            CountDownLatch closed = new CountDownLatch(1);
            Thread second = new Thread(() -> {
                collector.events().forEach(event -> {});
                closed.countDown();
            });
            second.start();
            collector.close();
            closed.await();
            assertThat(collector.events().iterator().hasNext()).isFalse();
        }
    }

    @Test
    void twoCollectorsSeeTheSame() throws Exception {
        try (Collector first = Collector.open("first", Map.of());
                Collector second = Collector.open("second", Map.of())) {
            Process victim = new ProcessBuilder("true").start();
            victim.waitFor();

            assertThat(eventsUntilExitOf(first, victim.pid())).isNotEmpty();
            assertThat(eventsUntilExitOf(second, victim.pid())).isNotEmpty();
        }
    }

    @Test
    void whatCannotBeCollectedIsSaid() {
        AgentConfig off = AgentConfig.of(Map.of("ebpf.enabled", "false"));

        assertThatThrownBy(() -> Collector.open(NAME, off))
                .isInstanceOf(CaptureException.class)
                .hasMessage("ebpf.enabled=false: there is nothing to collect");
    }

    /** Ends with the exit. */
    static List<ProcessSignalEvent> eventsUntilExitOf(Collector collector, long pid) {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (ProcessSignalEvent event : collector.events()) {
            events.add(event);
            if (event.getTgid() == pid && event.getEventType() == EventType.PROCESS_EXIT) {
                return events;
            }
        }
        throw new IllegalStateException("no exit of " + pid);
    }

    private static List<ProcessSignalEvent> drain(Collector collector) throws InterruptedException {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (ProcessSignalEvent event = collector.events().poll(Duration.ZERO);
                event != null;
                event = collector.events().poll(Duration.ZERO)) {
            events.add(event);
        }
        return events;
    }

    private static void account(Map<String, Ledger> ledgers, ProcessSignalEvent event) {
        if (event.getHook() != Hook.CGROUP) {
            ledger(ledgers, event.getHook(), event.getCpu(), event.getCaptureId())
                    .delivered(event.getSequence());
        }
        LostInfo lost = event.getLostInfo();
        if (lost != null && lost.getLostHook() != Hook.CGROUP) {
            ledger(ledgers, lost.getLostHook(), lost.getLostCpu(), lost.getLostCaptureId())
                    .addLost(lost);
        }
    }

    private static Ledger ledger(Map<String, Ledger> ledgers, Hook hook, int cpu, long captureId) {
        return ledgers.computeIfAbsent(hook + "/" + cpu + "/" + captureId, key -> new Ledger());
    }

    /** One sequence: complete if its range is what was delivered plus what was counted as lost. */
    private static final class Ledger {
        private long delivered;
        private long lost;
        private long highest;

        void delivered(long sequence) {
            delivered++;
            highest = Math.max(highest, sequence);
        }

        void addLost(LostInfo info) {
            lost += info.getCount();
            Long last = info.getLastSequence();
            highest = Math.max(highest, last == null ? 0 : last);
        }

        long lost() {
            return lost;
        }

        boolean isComplete() {
            return highest == delivered + lost;
        }

        @Override
        public String toString() {
            return highest + " numbered, " + delivered + " delivered, " + lost + " lost";
        }
    }
}
