// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.Topics;
import io.processsignals.postmortem.source.PartitionReaders.Range;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions of a real broker, read by several consumers at once. */
@Timeout(60)
class PartitionReadersIT {
    private static final String TOPIC = "ranges";
    private static final int PARTITIONS = 5;
    private static final int RECORDS = 20_000;

    private static EmbeddedKafka kafka;
    private static TopicAddress address;

    @BeforeAll
    static void fillTopic() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        address = new TopicAddress(kafka.bootstrapServers(), TOPIC, Map.of());
        Topics.create(kafka.bootstrapServers(), TOPIC, PARTITIONS);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, new byte[0], new byte[100])));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    @AfterAll
    static void stopBroker() throws Exception {
        kafka.close();
    }

    @Test
    void readsEachRangeWholeAndInOrder() throws Exception {
        Map<TopicPartition, Range> ranges = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            ranges.put(new TopicPartition(TOPIC, i), new Range(i, 3_000L + i));
        }

        Map<TopicPartition, List<Long>> offsets = new ConcurrentHashMap<>();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        new PartitionReaders(
                        address,
                        List.of(ranges),
                        () -> record -> {
                            threads.add(Thread.currentThread());
                            return offsets.computeIfAbsent(
                                            new TopicPartition(record.topic(), record.partition()),
                                            partition -> new ArrayList<>())
                                    .add(record.offset());
                        },
                        read -> false,
                        2)
                .run();

        assertThat(threads).hasSize(2);
        assertThat(offsets).hasSameSizeAs(ranges);
        ranges.forEach((partition, range) -> assertThat(offsets.get(partition))
                .as("%s", partition)
                .isEqualTo(LongStream.range(range.from(), range.to()).boxed().toList()));
    }

    @Test
    void readsOnePartAfterTheOtherUntilItIsEnough() throws Exception {
        List<Map<TopicPartition, Range>> parts = new ArrayList<>();
        for (int part = 3; part >= 0; part--) {
            Map<TopicPartition, Range> ranges = new HashMap<>();
            for (int i = part; i < PARTITIONS; i++) {
                ranges.put(new TopicPartition(TOPIC, i), new Range(part * 1_000L, (part + 1) * 1_000L));
            }
            parts.add(ranges);
        }
        AtomicInteger handed = new AtomicInteger();
        List<Integer> handedByPart = new ArrayList<>();

        new PartitionReaders(
                        address,
                        parts,
                        () -> record -> handed.incrementAndGet() > 0,
                        read -> {
                            handedByPart.add(handed.get());
                            return read == 3;
                        },
                        2)
                .run();

        assertThat(handedByPart).containsExactly(2_000, 5_000, 9_000);
        assertThat(handed).hasValue(9_000);
    }

    @Test
    void aFailureEndsTheReadersThatWaitForTheNextPart() throws Exception {
        Map<TopicPartition, Range> part = Map.of(
                new TopicPartition(TOPIC, 0), new Range(0, 1), new TopicPartition(TOPIC, 1), new Range(0, 2_000));
        PartitionReaders readers = new PartitionReaders(
                address,
                List.of(part, part),
                () -> record -> {
                    if (record.offset() == 1_999) {
                        throw new IOException("no room");
                    }
                    return true;
                },
                read -> false,
                2);

        assertThatThrownBy(readers::run).isInstanceOf(IOException.class).hasMessage("no room");
    }

    @Test
    void isDoneAtOnceWithoutARange() throws Exception {
        AtomicInteger handed = new AtomicInteger();

        new PartitionReaders(address, Map.of(), () -> record -> handed.incrementAndGet() > 0).run();

        assertThat(handed).hasValue(0);
    }

    @Test
    void endsAllReadersWhenOneHandlerHasEnough() throws Exception {
        Map<TopicPartition, Range> ranges = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            // Beyond the end of the partition: this reader alone would wait for more.
            ranges.put(new TopicPartition(TOPIC, i), new Range(i == 0 ? 0 : RECORDS / PARTITIONS, RECORDS));
        }
        AtomicInteger handed = new AtomicInteger();

        new PartitionReaders(
                        address,
                        List.of(ranges),
                        () -> record -> handed.incrementAndGet() < 10,
                        read -> false,
                        PARTITIONS)
                .run();

        assertThat(handed).hasValue(10);
    }

    @Test
    void endsWhenStopped() throws Exception {
        Map<TopicPartition, Range> ranges = Map.of(new TopicPartition(TOPIC, 0), new Range(0, RECORDS));
        CountDownLatch read = new CountDownLatch(RECORDS / PARTITIONS);
        PartitionReaders readers = new PartitionReaders(address, ranges, () -> record -> {
            read.countDown();
            return true;
        });
        Thread stopper = new Thread(() -> {
            try {
                read.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            readers.stop();
        });
        stopper.start();

        readers.run();

        assertThat(read.getCount()).isZero();
        stopper.join();
    }

    @Test
    void passesOnWhatAHandlerFailsWith() throws Exception {
        Map<TopicPartition, Range> ranges = Map.of(new TopicPartition(TOPIC, 0), new Range(0, RECORDS));
        PartitionReaders readers = new PartitionReaders(address, ranges, () -> record -> {
            throw new IOException("no room at " + record.offset());
        });

        assertThatThrownBy(readers::run).isInstanceOf(IOException.class).hasMessage("no room at 0");
    }

    @Test
    void saysWhatFailedInAConsumer() throws Exception {
        Map<TopicPartition, Range> ranges = Map.of(new TopicPartition("no such topic!", 0), new Range(0, 1));
        PartitionReaders readers = new PartitionReaders(address, ranges, () -> record -> true);

        assertThatThrownBy(readers::run).isInstanceOf(SourceException.class).hasMessageContaining("there is no topic");
    }
}
