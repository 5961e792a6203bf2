// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges of partitions with several consumers at once, each in a thread of its own: to fetch, decompress and look
 * at the records of a large window is work for more than one processor.
 */
final class PartitionReaders {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

    /** With the time: a process that was stopped for a while, or a machine, has not waited for the brokers. */
    private static final long STALL_POLLS = STALL_LIMIT.dividedBy(POLL) / 2;

    /** Below, a second connection costs more than it saves. */
    private static final long RECORDS_WORTH_A_CONSUMER = 100_000;

    private static final int MAX_CONSUMERS = 4;

    /** From this offset, and up to but without that one. */
    record Range(long from, long to) {}

    /**
     * Takes the records of one reader, in its thread; those of a partition in their order. A value is a part of what
     * was fetched: most are not wanted, and need not be copied.
     */
    @FunctionalInterface
    interface Handler {
        /** @return false to end all readers */
        boolean accept(ConsumerRecord<byte[], ByteBuffer> record) throws IOException;
    }

    private final TopicAddress address;
    private final List<Map<TopicPartition, Range>> parts;
    private final List<Reader> readers = new ArrayList<>();
    private final Phaser between;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean stopped;

    /**
     * @param handlers asked once for each reader
     * @throws SourceException if the Kafka client cannot start
     */
    PartitionReaders(TopicAddress address, Map<TopicPartition, Range> ranges, Supplier<Handler> handlers)
            throws SourceException {
        this(address, List.of(ranges), handlers, read -> true);
    }

    /**
     * @param parts read one after the other, each whole
     * @param enough asked after each part, with the number of parts read; true ends all readers
     */
    PartitionReaders(
            TopicAddress address,
            List<Map<TopicPartition, Range>> parts,
            Supplier<Handler> handlers,
            IntPredicate enough)
            throws SourceException {
        this(address, parts, handlers, enough, consumers(parts));
    }

    PartitionReaders(
            TopicAddress address,
            List<Map<TopicPartition, Range>> parts,
            Supplier<Handler> handlers,
            IntPredicate enough,
            int consumers)
            throws SourceException {
        this.address = address;
        this.parts = parts;
        try {
            for (Set<TopicPartition> share : shares(parts, consumers)) {
                readers.add(
                        new Reader(TopicReader.connect(address, new ByteBufferDeserializer()), share, handlers.get()));
            }
        } catch (SourceException e) {
            readers.forEach(reader -> reader.consumer.close());
            throw e;
        }
        this.between = new Phaser(readers.size()) {
            @Override
            protected boolean onAdvance(int phase, int registeredParties) {
                return enough.test(phase + 1);
            }
        };
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
        between.forceTermination();
        readers.forEach(reader -> reader.consumer.wakeup());
    }

    private static int consumers(List<Map<TopicPartition, Range>> parts) {
        long records = parts.stream()
                .flatMap(ranges -> ranges.values().stream())
                .mapToLong(range -> range.to - range.from)
                .sum();
        int most = Math.min(MAX_CONSUMERS, Runtime.getRuntime().availableProcessors());
        return (int) Math.min(most, 1 + records / RECORDS_WORTH_A_CONSUMER);
    }

    private static List<Set<TopicPartition>> shares(List<Map<TopicPartition, Range>> parts, int consumers) {
        List<TopicPartition> partitions = parts.stream()
                .flatMap(ranges -> ranges.keySet().stream())
                .distinct()
                .toList();
        List<Set<TopicPartition>> shares = new ArrayList<>();
        for (int i = 0; i < Math.min(consumers, partitions.size()); i++) {
            shares.add(new HashSet<>());
        }
        for (int i = 0; i < partitions.size(); i++) {
            shares.get(i % shares.size()).add(partitions.get(i));
        }
        return shares;
    }

    private final class Reader extends Thread {
        private final KafkaConsumer<byte[], ByteBuffer> consumer;
        private final Set<TopicPartition> share;
        private final Map<TopicPartition, Range> left = new HashMap<>();
        private final Handler handler;

        Reader(KafkaConsumer<byte[], ByteBuffer> consumer, Set<TopicPartition> share, Handler handler) {
            super("read " + share);
            this.consumer = consumer;
            this.share = share;
            this.handler = handler;
        }

        @Override
        public void run() {
            try (consumer) {
                consumer.assign(share);
                for (Map<TopicPartition, Range> part : parts) {
                    begin(part);
                    read();
                    between.arriveAndAwaitAdvance();
                    // Not by its result, which is none of the end to the last that arrives.
                    if (between.isTerminated()) {
                        return;
                    }
                }
            } catch (WakeupException e) {
                // stopped
            } catch (IOException | RuntimeException e) {
                failure.compareAndSet(null, e);
                PartitionReaders.this.stop();
            }
        }

        private void begin(Map<TopicPartition, Range> part) {
            left.putAll(part);
            left.keySet().retainAll(share);
            left.forEach((partition, range) -> consumer.seek(partition, range.from));
            consumer.pause(share);
            consumer.resume(left.keySet());
        }

        private void read() throws IOException {
            long lastProgress = System.nanoTime();
            long emptyPolls = 0;
            while (!left.isEmpty() && !stopped) {
                ConsumerRecords<byte[], ByteBuffer> records = consumer.poll(POLL);
                emptyPolls = records.isEmpty() ? emptyPolls + 1 : 0;
                if (emptyPolls > STALL_POLLS && System.nanoTime() - lastProgress > STALL_LIMIT.toNanos()) {
                    throw new SourceException("Kafka at " + address.bootstrapServers() + " gives no records of "
                            + stalled() + " for " + STALL_LIMIT.toSeconds() + " s: check the brokers");
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

        private void hand(List<ConsumerRecord<byte[], ByteBuffer>> records, Range range) throws IOException {
            for (ConsumerRecord<byte[], ByteBuffer> record : records) {
                if (record.offset() >= range.to || stopped) {
                    return;
                }
                if (!handler.accept(record)) {
                    PartitionReaders.this.stop();
                    return;
                }
            }
        }

        /** The partitions and how far each was read. */
        private String stalled() {
            return left.entrySet().stream()
                    .map(entry -> entry.getKey() + " after offset " + consumer.position(entry.getKey()) + " (of "
                            + entry.getValue().to + ")")
                    .collect(Collectors.joining(", "));
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
