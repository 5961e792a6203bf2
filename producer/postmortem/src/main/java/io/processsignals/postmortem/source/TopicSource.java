// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** A window of a topic, found by {@code offsetsForTimes}, without a consumer group. */
public final class TopicSource implements EventSource {
    private static final int MAX_FOREIGN = 100_000;

    private final KafkaConsumer<byte[], ByteBuffer> consumer;
    private final EventDecoder decoder;
    private final TopicAddress address;
    private final List<TopicPartition> all;
    private List<TopicPartition> chosen;
    /** Those remembered, so that a second read does not count them again. */
    private final Set<Position> foreign = new HashSet<>();

    private Optional<String> firstForeign = Optional.empty();
    private long lagMillis;
    private Optional<String> retention = Optional.empty();
    private volatile boolean stopped;
    private volatile @Nullable PartitionReaders readers;

    private record Position(int partition, long offset) {}

    private TopicSource(
            KafkaConsumer<byte[], ByteBuffer> consumer,
            EventDecoder decoder,
            TopicAddress address,
            List<TopicPartition> all) {
        this.consumer = consumer;
        this.decoder = decoder;
        this.address = address;
        this.all = all;
        this.chosen = all;
    }

    /** @throws SourceException if there is no broker, no such topic or no permission */
    public static TopicSource open(TopicAddress address, EventDecoder decoder) throws SourceException {
        KafkaConsumer<byte[], ByteBuffer> consumer = TopicReader.connect(address, new ByteBufferDeserializer());
        try {
            return new TopicSource(consumer, decoder, address, TopicReader.partitions(consumer, address));
        } catch (KafkaException e) {
            consumer.close();
            throw TopicReader.explain(e, address);
        } catch (SourceException e) {
            consumer.close();
            throw e;
        }
    }

    /** Reads all partitions again. */
    public void allKeys() {
        chosen = all;
    }

    /** Reads only the partitions that Kafka's default partitioner gives to these keys. */
    public void onlyKeys(Collection<String> keys) {
        Set<Integer> partitions = new HashSet<>();
        for (String key : keys) {
            partitions.add(partition(key.getBytes(StandardCharsets.UTF_8), all.size()));
        }
        chosen = all.stream()
                .filter(partition -> partitions.contains(partition.partition()))
                .toList();
    }

    /** As Kafka's default partitioner, and librdkafka's {@code murmur2_random}. */
    static int partition(byte[] key, int partitions) {
        return Utils.toPositive(Utils.murmur2(key)) % partitions;
    }

    @Override
    public boolean isWhole() {
        return chosen.size() == all.size();
    }

    public int partitions() {
        return all.size();
    }

    /** How many records a {@link #read} of the window would look at. */
    public long size(Window window) throws SourceException {
        try {
            return ranges(window).values().stream()
                    .mapToLong(range -> range.to() - range.from())
                    .sum();
        } catch (KafkaException e) {
            throw TopicReader.explain(e, address);
        }
    }

    /** How much older than a record before it, in its partition, the latest one was of all that were wanted. */
    public synchronized Duration lag() {
        return Duration.ofMillis(lagMillis);
    }

    /** Ends {@link #read} soon; from any thread. */
    public void stop() {
        stopped = true;
        consumer.wakeup();
        PartitionReaders started = readers;
        if (started != null) {
            started.stop();
        }
    }

    @Override
    public void read(Window window, Supplier<? extends Prefilter> wanted, Sink sink) throws IOException {
        readNewestFirst(window, 1, wanted, sink, from -> true);
    }

    /**
     * Reads the window in parts of the same length, the newest first.
     *
     * @param enough asked after each part, with the time from which on everything was read; true to leave out the
     *     others
     * @return that time
     */
    public Instant readNewestFirst(
            Window window, int parts, Supplier<? extends Prefilter> wanted, Sink sink, Predicate<Instant> enough)
            throws IOException {
        Duration length = Duration.between(window.from(), window.to()).dividedBy(parts);
        AtomicInteger done = new AtomicInteger();
        try {
            List<Map<TopicPartition, PartitionReaders.Range>> ranges = parts(window, length, parts);
            if (ranges.stream().allMatch(Map::isEmpty)) {
                return window.from();
            }
            PartitionReaders started =
                    new PartitionReaders(address, ranges, () -> new Hand(window, wanted.get(), sink)::accept, count -> {
                        done.set(count);
                        return enough.test(begin(window, length, parts - count));
                    });
            readers = started;
            if (stopped) {
                started.stop();
            }
            started.run();
        } catch (WakeupException e) {
            // stopped
        } catch (KafkaException e) {
            throw TopicReader.explain(e, address);
        }
        return begin(window, length, parts - done.get());
    }

    private static Instant begin(Window window, Duration length, int part) {
        return window.from().plus(length.multipliedBy(part));
    }

    /**
     * The newest part first. A part begins where Kafka has its first record of that time, so that all that comes after
     * is in this part or a newer one; what a node sent late may be in a newer one than its time says.
     */
    private List<Map<TopicPartition, PartitionReaders.Range>> parts(Window window, Duration length, int count) {
        List<Map<TopicPartition, PartitionReaders.Range>> parts = new ArrayList<>();
        Map<TopicPartition, PartitionReaders.Range> left = ranges(window);
        for (int part = count - 1; part > 0; part--) {
            Map<TopicPartition, OffsetAndTimestamp> cuts = offsets(begin(window, length, part));
            Map<TopicPartition, PartitionReaders.Range> newest = new HashMap<>();
            Map<TopicPartition, PartitionReaders.Range> older = new HashMap<>();
            left.forEach((partition, range) -> {
                OffsetAndTimestamp cut = cuts.get(partition);
                long at = cut == null ? range.to() : Math.min(Math.max(cut.offset(), range.from()), range.to());
                if (at < range.to()) {
                    newest.put(partition, new PartitionReaders.Range(at, range.to()));
                }
                if (range.from() < at) {
                    older.put(partition, new PartitionReaders.Range(range.from(), at));
                }
            });
            parts.add(newest);
            left = older;
        }
        parts.add(left);
        return parts;
    }

    /** Hands on what is wanted of the records of one reader. */
    private final class Hand {
        private final Window window;
        private final Prefilter wanted;
        private final Sink sink;
        private final EventDecoder decoder = TopicSource.this.decoder.another();
        private final long[] offsets = new long[all.size()];
        private final long[] newest = new long[all.size()];

        Hand(Window window, Prefilter wanted, Sink sink) {
            this.window = window;
            this.wanted = wanted;
            this.sink = sink;
        }

        boolean accept(ConsumerRecord<byte[], ByteBuffer> record) throws IOException {
            byte @Nullable [] recordKey = record.key();
            int partition = record.partition();
            // Each part of a window begins anew.
            long before = record.offset() < offsets[partition] ? record.timestamp() : newest[partition];
            offsets[partition] = record.offset();
            newest[partition] = Math.max(before, record.timestamp());
            // Its timestamp is the event's in milliseconds.
            if (recordKey != null
                    && (record.timestamp() < window.from().toEpochMilli()
                            || record.timestamp() > window.to().toEpochMilli()
                            || !wanted.key(recordKey))) {
                return true;
            }
            byte @Nullable [] value = Utils.toNullableArray(record.value());
            try {
                EventHead head = decoder.head(value);
                if (!window.contains(head.timestamp()) || !wanted.head(head)) {
                    return true;
                }
                StoredEvent stored = new StoredEvent(
                        new EventRecord(record.partition(), record.offset(), decoder.decode(value)),
                        record.timestamp(),
                        recordKey == null ? new byte[0] : recordKey,
                        Optional.ofNullable(value));
                synchronized (TopicSource.this) {
                    lagMillis = Math.max(lagMillis, before - record.timestamp());
                    return sink.accept(stored);
                }
            } catch (ForeignRecordException e) {
                skip(record, e);
                return true;
            }
        }
    }

    private synchronized void skip(ConsumerRecord<byte[], ByteBuffer> record, ForeignRecordException reason) {
        if (foreign.size() < MAX_FOREIGN) {
            foreign.add(new Position(record.partition(), record.offset()));
        }
        if (firstForeign.isEmpty()) {
            firstForeign = Optional.of("p" + record.partition() + "@" + record.offset() + ": " + reason.getMessage());
        }
    }

    private Map<TopicPartition, PartitionReaders.Range> ranges(Window window) {
        Map<TopicPartition, Long> begin = consumer.beginningOffsets(chosen, TopicReader.CONNECT_LIMIT);
        Map<TopicPartition, Long> end = consumer.endOffsets(chosen, TopicReader.CONNECT_LIMIT);
        Map<TopicPartition, OffsetAndTimestamp> first = offsets(window.from());
        Map<TopicPartition, OffsetAndTimestamp> after = offsets(window.to().plus(window.late()));
        Map<TopicPartition, PartitionReaders.Range> ranges = new HashMap<>();
        boolean fromOldest = false;
        boolean hasRecords = false;
        boolean hadRecords = false;
        for (TopicPartition partition : chosen) {
            OffsetAndTimestamp start = first.get(partition);
            OffsetAndTimestamp stop = after.get(partition);
            long oldest = begin.getOrDefault(partition, 0L);
            long newest = end.getOrDefault(partition, 0L);
            long startOffset = start == null ? newest : start.offset();
            long endOffset = stop == null ? newest : Math.max(stop.offset(), startOffset);
            // One that is empty by now does not tell when its last record was.
            hasRecords |= oldest < newest;
            hadRecords |= oldest > 0;
            fromOldest |= oldest > 0 && oldest < newest && startOffset == oldest;
            if (startOffset < endOffset) {
                ranges.put(partition, new PartitionReaders.Range(startOffset, endOffset));
            }
        }
        if (fromOldest || (hadRecords && !hasRecords)) {
            retention =
                    Optional.of("the window begins before the oldest record that the topic still has: what was before"
                            + " is deleted");
        }
        return ranges;
    }

    private Map<TopicPartition, OffsetAndTimestamp> offsets(Instant time) {
        Map<TopicPartition, Long> query = new HashMap<>();
        chosen.forEach(partition -> query.put(partition, Math.max(0, time.toEpochMilli())));
        return consumer.offsetsForTimes(query, TopicReader.CONNECT_LIMIT);
    }

    @Override
    public Optional<String> note() {
        if (foreign.isEmpty()) {
            return retention;
        }
        String skipped = "skipped "
                + (foreign.size() < MAX_FOREIGN ? foreign.size() : "at least " + MAX_FOREIGN)
                + (foreign.size() == 1 ? " record that is no event, at " : " records that are no events, the first at ")
                + firstForeign.orElse("?");
        return Optional.of(retention.map(text -> skipped + "; " + text).orElse(skipped));
    }

    @Override
    public void close() {
        consumer.close();
    }
}
