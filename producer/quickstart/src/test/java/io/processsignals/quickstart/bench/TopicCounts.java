// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.events.Container;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SuppressedInfo;
import io.processsignals.postmortem.source.EventDecoder;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.RegistryClient;
import io.processsignals.postmortem.source.TopicAddress;
import io.processsignals.postmortem.source.TopicReader;
import io.processsignals.postmortem.why.SequenceLedger;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A consumer in a process of its own, of one topic after the other. A line of standard input names the topic, which is
 * read from its begin until the next line and half a second without a record. Says when it reads, and then what it
 * read, a line each:
 *
 * <pre>
 * reading TOPIC
 * delivered CGROUP_ID TYPE COUNT        after dedup
 * suppressed CGROUP_ID TYPE COUNT
 * lost TYPE COUNT LETHAL                announced; the second is how many of them may have been lethal
 * latency CGROUP_ID P50 P99 P99.9 MAX   from the event's time to here, microseconds
 * duplicates COUNT                      the last line of a topic
 * </pre>
 */
final class TopicCounts {
    private static final Duration QUIET = Duration.ofMillis(500);
    private static final int MOST_LATENCIES = 1_000_000;

    private final Map<String, long[]> counts = new TreeMap<>();
    private final Map<Long, Latencies> latencies = new TreeMap<>();
    private final SequenceLedger ledger = new SequenceLedger();
    private long duplicates;

    private static final class Latencies {
        private long[] micros = new long[64]; // a crowded node has hundreds of cgroups
        private int count;
    }

    public static void main(String[] args) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String topic = input.readLine(); topic != null; topic = input.readLine()) {
            TopicCounts counts = new TopicCounts();
            counts.read(new TopicAddress(args[0], topic, Map.of("fetch.max.wait.ms", "100")), args[1], input);
            counts.print();
        }
    }

    private void read(TopicAddress topic, String registry, BufferedReader input) throws Exception {
        EventDecoder decoder = new EventDecoder(new RegistryClient(registry, Map.of()));
        try (TopicReader reader = TopicReader.open(topic, decoder, true)) {
            System.out.println("reading " + topic.topic());
            Thread end = new Thread(() -> awaitLine(input), "input");
            end.setDaemon(true);
            end.start();
            long last = System.nanoTime();
            while (end.isAlive() || System.nanoTime() - last < QUIET.toNanos()) {
                for (EventRecord record : reader.poll(Duration.ofMillis(100))) {
                    add(record.event());
                    last = System.nanoTime();
                }
            }
        }
    }

    private static void awaitLine(BufferedReader input) {
        try {
            String unused = input.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(ProcessSignalEvent event) {
        if (!ledger.add(event)) {
            duplicates++;
            return;
        }
        Container container = event.getContainer();
        long cgroup = container == null ? 0 : container.getCgroupId();
        LostInfo lost = event.getLostInfo();
        SuppressedInfo suppressed = event.getSuppressedInfo();
        if (lost != null) {
            count("lost " + lost.getLostType(), lost.getCount(), lost.getPriorityCount());
        } else if (suppressed != null) {
            count("suppressed " + cgroup + " " + suppressed.getSuppressedType(), suppressed.getCount());
        } else {
            count("delivered " + cgroup + " " + event.getEventType(), 1);
            late(cgroup, event.getTimestamp());
        }
    }

    private void count(String what, long... amounts) {
        long[] sums = counts.computeIfAbsent(what, key -> new long[amounts.length]);
        for (int i = 0; i < amounts.length; i++) {
            sums[i] += amounts[i];
        }
    }

    private void late(long cgroup, Instant time) {
        Latencies of = latencies.computeIfAbsent(cgroup, key -> new Latencies());
        if (of.count < MOST_LATENCIES) {
            if (of.count == of.micros.length) {
                of.micros = Arrays.copyOf(of.micros, of.count * 2);
            }
            of.micros[of.count++] = Duration.between(time, Instant.now()).toNanos() / 1_000;
        }
    }

    private void print() {
        counts.forEach((what, sums) ->
                System.out.println(what + " " + Arrays.toString(sums).replaceAll("[\\[\\],]", "")));
        latencies.forEach((cgroup, of) -> {
            Arrays.sort(of.micros, 0, of.count);
            System.out.println("latency " + cgroup + " " + of.micros[(of.count - 1) / 2] + " "
                    + of.micros[(int) ((of.count - 1) * 0.99)] + " " + of.micros[(int) ((of.count - 1) * 0.999)] + " "
                    + of.micros[of.count - 1]);
        });
        System.out.println("duplicates " + duplicates);
    }
}
