// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.bench;

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
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A consumer of a topic, in a process of its own, from the topic's begin until a line on standard input and half a
 * second without a record. Prints what it read, a line each:
 *
 * <pre>
 * delivered CGROUP_ID TYPE COUNT        after dedup
 * suppressed CGROUP_ID TYPE COUNT
 * lost TYPE COUNT LETHAL                announced; the second is how many of them may have been lethal
 * duplicates COUNT
 * latency CGROUP_ID P50 P99 P99.9 MAX   from the event's time to here, microseconds
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
        CountDownLatch asked = new CountDownLatch(1);
        Thread input = new Thread(
                () -> {
                    try {
                        int unused = System.in.read();
                    } catch (IOException e) {
                        // its end is a request too
                    }
                    asked.countDown();
                },
                "input");
        input.setDaemon(true);
        input.start();
        TopicCounts counts = new TopicCounts();
        TopicAddress address = new TopicAddress(args[0], args[2], Map.of("fetch.max.wait.ms", "100"));
        EventDecoder decoder = new EventDecoder(new RegistryClient(args[1], Map.of()));
        try (TopicReader reader = TopicReader.open(address, decoder, true)) {
            System.out.println("reading");
            long last = System.nanoTime();
            while (asked.getCount() > 0 || System.nanoTime() - last < QUIET.toNanos()) {
                for (EventRecord record : reader.poll(Duration.ofMillis(100))) {
                    counts.add(record.event());
                    last = System.nanoTime();
                }
            }
        }
        counts.print();
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
        System.out.println("duplicates " + duplicates);
        latencies.forEach((cgroup, of) -> {
            Arrays.sort(of.micros, 0, of.count);
            System.out.println("latency " + cgroup + " " + of.micros[(of.count - 1) / 2] + " "
                    + of.micros[(int) ((of.count - 1) * 0.99)] + " " + of.micros[(int) ((of.count - 1) * 0.999)] + " "
                    + of.micros[of.count - 1]);
        });
    }
}
