// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges of partitions with several consumers at once, each in a thread of its own, ahead of the one thread that
 * takes the records: fetching and decompressing is most of the work of reading a large window.
 */
final class FetchAhead implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

    /** Below, a second connection costs more than it saves. */
    private static final long RECORDS_WORTH_A_CONSUMER = 100_000;

    private static final int MAX_CONSUMERS = 4;

    /** Polls that wait to be taken, for each consumer. */
    private static final int AHEAD = 2;

    /** From this offset, and up to but without that one. */
    record Range(long from, long to) {}

    /** Records of one partition in their order, or why a consumer ended; one of the two. */
    private record Fetched(
            List<ConsumerRecord<byte[], byte[]>> records,
            @Nullable Exception end) {}

    private final TopicAddress address;
    private final List<Fetcher> fetchers = new ArrayList<>();
    private final BlockingQueue<Fetched> queue;
    private int running;
    private volatile boolean closed;

    /** @throws SourceException if the Kafka client cannot start */
    FetchAhead(TopicAddress address, Map<TopicPartition, Range> ranges) throws SourceException {
        this(address, ranges, consumers(ranges));
    }

    FetchAhead(TopicAddress address, Map<TopicPartition, Range> ranges, int consumers) throws SourceException {
        this.address = address;
        List<Map<TopicPartition, Range>> shares = shares(ranges, consumers);
        this.queue = new ArrayBlockingQueue<>(Math.max(1, shares.size()) * AHEAD);
        try {
            for (Map<TopicPartition, Range> share : shares) {
                fetchers.add(new Fetcher(TopicReader.connect(address), share));
            }
        } catch (SourceException e) {
            fetchers.forEach(fetcher -> fetcher.consumer.close());
            throw e;
        }
        running = fetchers.size();
        fetchers.forEach(Thread::start);
    }

    /**
     * The next records, of one partition in their order; waits for them.
     *
     * @return empty at the end of all ranges
     */
    List<ConsumerRecord<byte[], byte[]>> next() throws SourceException {
        try {
            while (running > 0) {
                Fetched fetched = queue.take();
                if (!fetched.records.isEmpty()) {
                    return fetched.records;
                }
                running--;
                if (fetched.end instanceof KafkaException e) {
                    throw TopicReader.explain(e, address);
                }
                if (fetched.end instanceof SourceException e) {
                    throw e;
                }
            }
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SourceException("interrupted while reading Kafka", e);
        }
    }

    /** Makes {@link #next} come to its end soon; from any thread. */
    void stop() {
        closed = true;
        fetchers.forEach(fetcher -> fetcher.consumer.wakeup());
    }

    /** Ends the consumers, also those that are not done. */
    @Override
    public void close() {
        stop();
        for (Fetcher fetcher : fetchers) {
            while (fetcher.isAlive()) {
                queue.clear(); // it may wait for room
                try {
                    fetcher.join(10);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
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

    private final class Fetcher extends Thread {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Map<TopicPartition, Range> left;

        Fetcher(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Range> ranges) {
            super("fetch " + ranges.keySet());
            setDaemon(true);
            this.consumer = consumer;
            this.left = new HashMap<>(ranges);
        }

        @Override
        public void run() {
            Exception end = null;
            try (consumer) {
                consumer.assign(List.copyOf(left.keySet()));
                left.forEach((partition, range) -> consumer.seek(partition, range.from));
                fetch();
            } catch (WakeupException e) {
                // closed
            } catch (KafkaException | SourceException | InterruptedException e) {
                end = e;
            }
            try {
                queue.put(new Fetched(List.of(), end));
            } catch (InterruptedException e) {
                interrupt();
            }
        }

        private void fetch() throws InterruptedException, SourceException {
            long lastProgress = System.nanoTime();
            while (!left.isEmpty() && !closed) {
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
                    lastProgress = System.nanoTime(); // after handing on, which may have waited
                }
                drop();
            }
        }

        private void hand(List<ConsumerRecord<byte[], byte[]>> records, Range range) throws InterruptedException {
            int count = records.size();
            while (count > 0 && records.get(count - 1).offset() >= range.to) {
                count--;
            }
            if (count > 0) {
                queue.put(new Fetched(records.subList(0, count), null));
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
