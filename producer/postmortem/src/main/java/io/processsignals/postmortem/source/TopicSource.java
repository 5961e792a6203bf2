// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** A window of a topic, found by {@code offsetsForTimes}, without a consumer group. */
public final class TopicSource implements EventSource {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final EventDecoder decoder;
    private final TopicAddress address;
    private final List<TopicPartition> all;
    private List<TopicPartition> chosen;
    private long foreign;
    private Optional<String> firstForeign = Optional.empty();
    private Optional<String> retention = Optional.empty();
    private volatile boolean stopped;
    private volatile @Nullable PartitionReaders readers;

    private TopicSource(
            KafkaConsumer<byte[], byte[]> consumer,
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
        KafkaConsumer<byte[], byte[]> consumer = TopicReader.connect(address);
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
        try {
            Map<TopicPartition, PartitionReaders.Range> ranges = ranges(window);
            PartitionReaders started =
                    new PartitionReaders(address, ranges, () -> new Hand(window, wanted.get(), sink)::accept);
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
    }

    /** Hands on what is wanted of the records of one reader. */
    private final class Hand {
        private final Window window;
        private final Prefilter wanted;
        private final Sink sink;
        private final EventDecoder decoder = TopicSource.this.decoder.another();

        Hand(Window window, Prefilter wanted, Sink sink) {
            this.window = window;
            this.wanted = wanted;
            this.sink = sink;
        }

        boolean accept(ConsumerRecord<byte[], byte[]> record) throws IOException {
            byte @Nullable [] recordKey = record.key();
            byte @Nullable [] value = record.value();
            // Its timestamp is the event's in milliseconds.
            if (recordKey != null
                    && (record.timestamp() < window.from().toEpochMilli()
                            || record.timestamp() > window.to().toEpochMilli()
                            || !wanted.key(recordKey))) {
                return true;
            }
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
                    return sink.accept(stored);
                }
            } catch (ForeignRecordException e) {
                skip(record, e);
                return true;
            }
        }
    }

    private synchronized void skip(ConsumerRecord<byte[], byte[]> record, ForeignRecordException reason) {
        foreign++;
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
        if (foreign == 0) {
            return retention;
        }
        String skipped = "skipped " + foreign
                + (foreign == 1 ? " record that is no event, at " : " records that are no events, the first at ")
                + firstForeign.orElse("?");
        return Optional.of(retention.map(text -> skipped + "; " + text).orElse(skipped));
    }

    @Override
    public void close() {
        consumer.close();
    }
}
