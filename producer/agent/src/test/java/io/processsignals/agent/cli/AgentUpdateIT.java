// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.faults.Storm;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.spool.SpoolReader;
import io.processsignals.common.spool.SpooledRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An update as k8s/ does it: the old agent is told to end, a new one starts within 30 seconds, while 1000 events a
 * second happen. Needs root, BTF and the right to mount. A suite of its own: bin/test deploy.
 */
class AgentUpdateIT {
    private static final int EVENTS_PER_SECOND = 1000;

    /** A busy machine makes the storm later than it means to be. */
    private static final int AIM = 1500;

    private static final int DEATHS_PER_SECOND = 100;

    /** From the end of the old agent to the start of the new one's JVM, whose own start is the rest of 30 seconds. */
    private static final Duration GAP = Duration.ofSeconds(25);

    /** From the order to end to the hooks of the new agent. */
    private static final Duration GAP_AT_MOST = Duration.ofSeconds(30);

    /** Of the storm: a signal is sent and delivered, a death sent and seen; its fork without exec is no event. */
    private static final int EVENTS_OF_ONE = 2;

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration WITH_AGENT = Duration.ofSeconds(4);

    @TempDir
    private Path folder;

    private Path bpffs;

    @BeforeEach
    void mount() throws Exception {
        bpffs = Files.createDirectory(folder.resolve("bpffs"));
        command("mount", "-t", "bpf", "bpf", bpffs.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        NativeCapture.unpin(bpffs.resolve("pins"));
        command("umount", bpffs.toString());
    }

    @Test
    void nothingIsLost() throws Exception {
        Path config = config();
        Storm.Made made;
        double seconds;
        long gap;
        try (AgentProcess old = AgentProcess.start(folder, List.of(), "run", "--config", config.toString())) {
            awaitCapture(old);
            long began = System.nanoTime();
            try (Storm storm = Storm.start(AIM, DEATHS_PER_SECOND, LONG)) {
                TimeUnit.NANOSECONDS.sleep(WITH_AGENT.toNanos());
                long told = System.nanoTime();
                old.process().destroy();
                assertThat(old.exitCode()).as(old.err()).isZero();
                TimeUnit.NANOSECONDS.sleep(GAP.toNanos() - (System.nanoTime() - told));
                try (AgentProcess next = AgentProcess.start(folder, List.of(), "run", "--config", config.toString())) {
                    awaitCapture(next);
                    assertThat(next.err()).contains("found pinned");
                    gap = System.nanoTime() - told;
                    TimeUnit.NANOSECONDS.sleep(WITH_AGENT.toNanos());
                    seconds = (System.nanoTime() - began) / 1e9;
                    made = storm.stop();
                    TimeUnit.SECONDS.sleep(2);
                    next.process().destroy();
                    assertThat(next.exitCode()).isZero();
                }
            }
        }

        List<ProcessSignalEvent> events = events();
        long lost = events.stream()
                .filter(event -> event.getEventType() == EventType.EVENTS_LOST)
                .mapToLong(event -> event.getLostInfo().getCount())
                .sum();
        Map<List<Object>, TreeSet<Long>> sequences = new HashMap<>();
        Set<Object> captures = new HashSet<>();
        int duplicates = 0;
        long deaths = 0;
        long signals = 0;
        for (ProcessSignalEvent event : events) {
            if (event.getHook() == Hook.AGENT) {
                continue;
            }
            captures.add(event.getCaptureId());
            boolean fresh = sequences
                    .computeIfAbsent(List.of(event.getHook(), event.getCpu()), of -> new TreeSet<>())
                    .add(event.getSequence());
            duplicates += fresh ? 0 : 1;
            boolean ofStorm = fresh && event.getCommand().equals(Storm.VICTIM);
            deaths += ofStorm && event.getEventType() == EventType.PROCESS_EXIT ? 1 : 0;
            signals += fresh && isHarmless(event) ? 1 : 0;
        }
        double rate = EVENTS_OF_ONE * (made.signals() + made.deaths()) / seconds;
        System.out.printf(
                "update: %.1f s between two agents, %.0f events a second of %s, %d read, %d duplicates, %d lost%n",
                gap / 1e9, rate, made, events.size(), duplicates, lost);

        assertThat(lost).as("EVENTS_LOST").isZero();
        assertThat(captures).as("one life of the kernel's counters").hasSize(1);
        sequences.forEach((counter, seen) -> assertThat(seen.last() - seen.first() + 1)
                .as("sequences of " + counter)
                .isEqualTo(seen.size()));
        assertThat(deaths).isEqualTo(made.deaths());
        assertThat(signals).isEqualTo(made.signals());
        assertThat(rate).as("events a second of the storm").isGreaterThanOrEqualTo(EVENTS_PER_SECOND);
        assertThat(Duration.ofNanos(gap)).as("between two agents").isLessThanOrEqualTo(GAP_AT_MOST);
    }

    private static void awaitCapture(AgentProcess agent) {
        await().atMost(Duration.ofSeconds(60)).until(() -> agent.err().contains("kernel hooks are attached"));
    }

    /** A signal that the storm sends itself. */
    private static boolean isHarmless(ProcessSignalEvent event) {
        SignalInfo signal = event.getSignalInfo();
        return event.getEventType() == EventType.SIGNAL_SENT
                && event.getCommand().equals("storm")
                && signal != null
                && "SIGUSR1".equals(signal.getSignalName());
    }

    private List<ProcessSignalEvent> events() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        EventDecoder decoder = new EventDecoder();
        try (SpoolReader reader = SpoolReader.open(folder.resolve("spool"), (segment, offset, bytes, reason) -> {})) {
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                byte[] body = next.get().record().body();
                events.add(decoder.decode(body, 0, body.length));
            }
        }
        return events;
    }

    /** No Kafka: everything stays in the spool. The ring is that of k8s/base/agent.properties. */
    private Path config() throws Exception {
        return Files.writeString(
                folder.resolve("agent.properties"),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers=127.0.0.1:1",
                        "registry.url=http://127.0.0.1:1",
                        "metrics.enabled=false",
                        "shutdown.timeout.ms=0",
                        "rate.limit.events=0",
                        "ebpf.pin=true",
                        "ebpf.ring.bytes=67108864",
                        "ebpf.pin.folder=" + bpffs.resolve("pins"),
                        "spool.dir=" + folder.resolve("spool")));
    }

    private static void command(String... words) throws Exception {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
                .as(String.join(" ", words))
                .isZero();
    }
}
