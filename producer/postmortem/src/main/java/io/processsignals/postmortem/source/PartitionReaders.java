// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges of partitions with several consumers at once, each in a thread of its own: to fetch, decompress and look
 * at the records of a large window is work for more than one processor.
 */
final class PartitionReaders {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

    /** Below, a second connection costs more than it saves. */
    private static final long RECORDS_WORTH_A_CONSUMER = 100_000;

    private static final int MAX_CONSUMERS = 4;

    /** From this offset, and up to but without that one. */
    record Range(long from, long to) {}

    /** Takes the records of one reader, in its thread; those of a partition in their order. */
    @FunctionalInterface
    interface Handler {
        /** @return false to end all readers */
        boolean accept(ConsumerRecord<byte[], byte[]> record) throws IOException;
    }

    private final TopicAddress address;
    private final List<Reader> readers = new ArrayList<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean stopped;

    /**
     * @param handlers asked once for each reader
     * @throws SourceException if the Kafka client cannot start
     */
    PartitionReaders(TopicAddress address, Map<TopicPartition, Range> ranges, Supplier<Handler> handlers)
            throws SourceException {
        this(address, ranges, handlers, consumers(ranges));
    }

    PartitionReaders(TopicAddress address, Map<TopicPartition, Range> ranges, Supplier<Handler> handlers, int consumers)
            throws SourceException {
        this.address = address;
        try {
            for (Map<TopicPartition, Range> share : shares(ranges, consumers)) {
                readers.add(new Reader(TopicReader.connect(address), share, handlers.get()));
            }
        } catch (SourceException e) {
            readers.forEach(reader -> reader.consumer.close());
            throw e;
        }
    }

    /** Returns when all ranges are read, or after {@link #stop}. To be called once. */
    void run() throws IOException {
        readers.forEach(Thread::start);
        try {
            for (Reader reader : readers) {
                reader.join();
            }
        } catch (InterruptedException e) {
            stop();
            Thread.currentThread().interrupt();
            throw new SourceException("interrupted while reading Kafka", e);
        }
        Exception failed = failure.get();
        if (failed instanceof KafkaException e) {
            throw TopicReader.explain(e, address);
        }
        if (failed instanceof IOException e) {
            throw e;
        }
        if (failed instanceof RuntimeException e) {
            throw e;
        }
    }

    /** From any thread. */
    void stop() {
        stopped = true;
        readers.forEach(reader -> reader.consumer.wakeup());
    }

    private static int consumers(Map<TopicPartition, Range> ranges) {
        long records = ranges.values().stream()
                .mapToLong(range -> range.to - range.from)
                .sum();
        int most = Math.min(MAX_CONSUMERS, Runtime.getRuntime().availableProcessors());
        return (int) Math.min(most, 1 + records / RECORDS_WORTH_A_CONSUMER);
    }

    private static List<Map<TopicPartition, Range>> shares(Map<TopicPartition, Range> ranges, int consumers) {
        List<Map<TopicPartition, Range>> shares = new ArrayList<>();
        for (int i = 0; i < Math.min(consumers, ranges.size()); i++) {
            shares.add(new HashMap<>());
        }
        int next = 0;
        for (Map.Entry<TopicPartition, Range> entry : ranges.entrySet()) {
            shares.get(next++ % shares.size()).put(entry.getKey(), entry.getValue());
        }
        return shares;
    }

    private final class Reader extends Thread {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Map<TopicPartition, Range> left;
        private final Handler handler;

        Reader(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Range> ranges, Handler handler) {
            super("read " + ranges.keySet());
            this.consumer = consumer;
            this.left = new HashMap<>(ranges);
            this.handler = handler;
        }

        @Override
        public void run() {
            try (consumer) {
                consumer.assign(List.copyOf(left.keySet()));
                left.forEach((partition, range) -> consumer.seek(partition, range.from));
                read();
            } catch (WakeupException e) {
                // stopped
            } catch (IOException | RuntimeException e) {
                failure.compareAndSet(null, e);
                PartitionReaders.this.stop();
            }
        }

        private void read() throws IOException {
            long lastProgress = System.nanoTime();
            while (!left.isEmpty() && !stopped) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                if (records.isEmpty() && System.nanoTime() - lastProgress > STALL_LIMIT.toNanos()) {
                    throw new SourceException("Kafka at " + address.bootstrapServers() + " gives no records of "
                            + left.keySet() + " for " + STALL_LIMIT.toSeconds() + " s: check the brokers");
                }
                for (TopicPartition partition : records.partitions()) {
                    Range range = left.get(partition);
                    if (range != null) {
                        hand(records.records(partition), range);
                    }
                }
                if (!records.isEmpty()) {
                    lastProgress = System.nanoTime();
                }
                drop();
            }
        }

        private void hand(List<ConsumerRecord<byte[], byte[]>> records, Range range) throws IOException {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() >= range.to || stopped) {
                    return;
                }
                if (!handler.accept(record)) {
                    PartitionReaders.this.stop();
                    return;
                }
            }
        }

        /** Partitions read to their end are not fetched any more. */
        private void drop() {
            List<TopicPartition> done = left.entrySet().stream()
                    .filter(entry -> consumer.position(entry.getKey()) >= entry.getValue().to)
                    .map(Map.Entry::getKey)
                    .toList();
            done.forEach(left::remove);
            consumer.pause(done);
        }
    }
}
