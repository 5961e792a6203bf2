// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Everything that a topic holds at a moment. */
record TopicContent(List<ConsumerRecord<byte[], byte[]>> records) {
    static TopicContent read(String bootstrapServers, String topic) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "enable.metrics.push", false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return new TopicContent(records);
        }
    }

    /** The sequences of each key in the order of the topic, without what came twice. */
    Map<String, List<Long>> sequencesByKey() {
        Map<String, Set<Long>> byKey = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            byKey.computeIfAbsent(new String(record.key(), UTF_8), key -> new LinkedHashSet<>())
                    .add(event(record).getSequence());
        }
        Map<String, List<Long>> lists = new LinkedHashMap<>();
        byKey.forEach((key, sequences) -> lists.put(key, List.copyOf(sequences)));
        return lists;
    }

    /** All sequences, sorted, without what came twice. */
    List<Long> sequences() {
        return records.stream()
                .map(record -> event(record).getSequence())
                .distinct()
                .sorted()
                .toList();
    }

    static int schemaId(ConsumerRecord<byte[], byte[]> record) {
        ByteBuffer value = ByteBuffer.wrap(record.value());
        if (value.get() != 0) {
            throw new AssertionError("no wire format");
        }
        return value.getInt();
    }

    static ProcessSignalEvent event(ConsumerRecord<byte[], byte[]> record) {
        int header = WireFormatEncoder.HEADER_LENGTH;
        try {
            return new EventDecoder().decode(record.value(), header, record.value().length - header);
        } catch (EventDecodeException e) {
            throw new AssertionError(e);
        }
    }
}
