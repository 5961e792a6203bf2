// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.postmortem.source.FetchAhead.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions of a real broker, read by several consumers at once. */
@Timeout(60)
class FetchAheadIT {
    private static final String TOPIC = "ranges";
    private static final int PARTITIONS = 5;
    private static final int RECORDS = 20_000;

    private static EmbeddedKafka kafka;
    private static TopicAddress address;

    @BeforeAll
    static void fillTopic() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        address = new TopicAddress(kafka.bootstrapServers(), TOPIC, Map.of());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                    .all()
                    .get();
            for (int i = 0; i < RECORDS; i++) {
                var unused = producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, new byte[0], new byte[100]));
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

        Map<TopicPartition, List<Long>> offsets = new HashMap<>();
        try (FetchAhead fetches = new FetchAhead(address, ranges, 2)) {
            for (var records = fetches.next(); !records.isEmpty(); records = fetches.next()) {
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    offsets.computeIfAbsent(
                                    new TopicPartition(record.topic(), record.partition()),
                                    partition -> new ArrayList<>())
                            .add(record.offset());
                }
            }
        }

        assertThat(offsets).hasSameSizeAs(ranges);
        ranges.forEach((partition, range) -> assertThat(offsets.get(partition))
                .as("%s", partition)
                .isEqualTo(LongStream.range(range.from(), range.to()).boxed().toList()));
    }

    @Test
    void hasNothingOfNoRange() throws Exception {
        try (FetchAhead fetches = new FetchAhead(address, Map.of())) {
            assertThat(fetches.next()).isEmpty();
        }
    }

    @Test
    void endsWhileItsConsumersWaitForRoom() throws Exception {
        Map<TopicPartition, Range> ranges = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            ranges.put(new TopicPartition(TOPIC, i), new Range(0, RECORDS / PARTITIONS));
        }

        FetchAhead fetches = new FetchAhead(address, ranges, PARTITIONS);
        assertThat(fetches.next()).isNotEmpty();
        fetches.close();

        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("fetch ["));
    }

    @Test
    void saysWhatFailedInAConsumer() throws Exception {
        Map<TopicPartition, Range> ranges = Map.of(new TopicPartition("no such topic!", 0), new Range(0, 1));

        try (FetchAhead fetches = new FetchAhead(address, ranges)) {
            assertThatThrownBy(fetches::next)
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("there is no topic");
        }
    }
}
