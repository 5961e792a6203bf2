// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The contract's ledger over a whole topic: every sequence of every counter from 1 to its highest was delivered, or was
 * counted as lost. Holds a bit for each event, so that millions are no matter.
 */
public final class SequenceAudit {
    private static final int WIRE_FORMAT_HEADER = 5;

    /** Of {@link #ringBytesAt}, microseconds. */
    private static final long BUCKET = 10_000;

    private record Counter(long captureId, Hook hook, int cpu) {}

    private record KeyedCounter(String key, Counter counter) {}

    private final EventDecoder decoder = new EventDecoder();
    private final Map<Counter, BitSet> delivered = new HashMap<>();
    private final Map<Counter, Long> lost = new HashMap<>();
    private final Map<KeyedCounter, Long> lastOfKey = new HashMap<>();

    /** What delivered events took in the ring, by their time. */
    private final NavigableMap<Long, Long> ringBytesAt = new TreeMap<>();

    /** How many of the kernel's events were lost, and what they would have taken, by the time until which they were. */
    private final NavigableMap<Long, Long> lostUntil = new TreeMap<>();

    private final NavigableMap<Long, Long> lostRingBytesUntil = new TreeMap<>();
    private long duplicates;
    private long outOfOrder;
    private long victims;
    private long lostDeaths;
    private long bytes;

    private SequenceAudit() {}

    /** Reads everything that the topics hold now, which belongs to one node. */
    public static SequenceAudit of(String bootstrapServers, String topic) {
        SequenceAudit audit = new SequenceAudit();
        audit.addAll(bootstrapServers, topic);
        return audit;
    }

    private void addAll(String bootstrapServers, String topic) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "enable.metrics.push", false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    add(record);
                }
            }
        }
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        ProcessSignalEvent event;
        try {
            event = decoder.decode(record.value(), WIRE_FORMAT_HEADER, record.value().length - WIRE_FORMAT_HEADER);
        } catch (EventDecodeException e) {
            throw new AssertionError("not an event at " + record.partition() + "@" + record.offset(), e);
        }
        Counter counter = new Counter(event.getCaptureId(), event.getHook(), event.getCpu());
        BitSet sequences = delivered.computeIfAbsent(counter, key -> new BitSet());
        int sequence = Math.toIntExact(event.getSequence());
        if (sequences.get(sequence)) {
            duplicates++;
            return;
        }
        sequences.set(sequence);
        bytes += record.key().length + record.value().length;
        ringBytesAt.merge(event.getBootTime() / BUCKET * BUCKET, RingBytes.of(event), Long::sum);
        Long before = lastOfKey.put(new KeyedCounter(new String(record.key(), UTF_8), counter), (long) sequence);
        if (before != null && before > sequence) {
            outOfOrder++;
        }
        if (event.getEventType() == EventType.EVENTS_LOST) {
            LostInfo info = event.getLostInfo();
            lost.merge(
                    new Counter(info.getLostCaptureId(), info.getLostHook(), info.getLostCpu()),
                    info.getCount(),
                    Long::sum);
            lostDeaths += info.getPriorityCount();
            if (info.getLostHook() != Hook.CGROUP) {
                lostUntil.merge(info.getTo(), info.getCount(), Long::sum);
                lostRingBytesUntil.merge(info.getTo(), RingBytes.of(info), Long::sum);
            }
        } else if (event.getEventType() == EventType.PROCESS_EXIT
                && Storm.VICTIM.equals(event.getCommand())
                && event.getExitInfo().getSignal() == 9) {
            victims++;
        }
    }

    /** Events that took a sequence, as far as their highest numbers show. */
    public long generated() {
        return delivered.values().stream().mapToLong(BitSet::length).sum()
                - delivered.size(); // a length is one more than the highest, which begins at 1
    }

    /** Different events read. */
    public long delivered() {
        return delivered.values().stream().mapToLong(BitSet::cardinality).sum();
    }

    /** Events read again. */
    public long duplicates() {
        return duplicates;
    }

    /** Events of kernel hooks told as lost; those of CGROUP are never published and not meant. */
    public long counted() {
        return lost.entrySet().stream()
                .filter(entry -> entry.getKey().hook != Hook.CGROUP)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Of these, what was lost within a time; its bounds in microseconds of CLOCK_BOOTTIME. */
    public long countedBetween(long from, long to) {
        return sum(lostUntil.subMap(from, true, to, true));
    }

    /**
     * What the kernel's events within a time took in the ring, and the lost ones would have taken; its bounds in
     * microseconds of CLOCK_BOOTTIME.
     */
    public long ringBytesBetween(long from, long to) {
        return sum(ringBytesAt.subMap(from / BUCKET * BUCKET, true, to, true))
                + sum(lostRingBytesUntil.subMap(from, true, to, true));
    }

    private static long sum(Map<Long, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Deaths and lethal signals among these. */
    public long lostDeaths() {
        return lostDeaths;
    }

    /** Victims of storms whose end was read. */
    public long victims() {
        return victims;
    }

    /** Events of one key and one sequence that came after a later one. */
    public long outOfOrder() {
        return outOfOrder;
    }

    /** Bytes of keys and values of the different events. */
    public long bytes() {
        return bytes;
    }

    /** Sequences neither delivered nor counted; what was counted without a sequence may be any of them. */
    public long missing() {
        long missing = 0;
        for (Map.Entry<Counter, BitSet> entry : delivered.entrySet()) {
            missing += gap(entry.getKey(), entry.getValue());
        }
        return Math.max(0, missing - lost.getOrDefault(UNIDENTIFIED, 0L));
    }

    private static final Counter UNIDENTIFIED = new Counter(0, Hook.UNKNOWN, -1);

    private long gap(Counter counter, BitSet sequences) {
        return Math.max(0, sequences.length() - 1 - sequences.cardinality() - lost.getOrDefault(counter, 0L));
    }

    /** What was told as lost, by counter. */
    public String told() {
        return lost.toString();
    }

    /** Each counter with something missing, or told as lost though it is not missing. */
    public List<String> wrong() {
        List<String> wrong = new ArrayList<>();
        delivered.forEach((counter, sequences) -> {
            long gaps = sequences.length() - 1L - sequences.cardinality();
            long told = lost.getOrDefault(counter, 0L);
            if (gaps != told) {
                wrong.add(counter + ": " + gaps + " missing, " + told + " told");
            }
        });
        return wrong;
    }
}
