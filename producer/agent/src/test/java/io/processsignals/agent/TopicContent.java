// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.common.codec.EventDecoder;
import io.processsignals.events.ProcessSignalEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic from its beginning, as far as a test wants. */
public final class TopicContent implements AutoCloseable {
    private static final int WIRE_FORMAT_HEADER = 5;

    /** One record, decoded. */
    public record Read(String key, int partition, long timestamp, ProcessSignalEvent event) {}

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final EventDecoder decoder = new EventDecoder();
    private final List<Read> read = new ArrayList<>();

    public TopicContent(String bootstrapServers, String topic) {
        Properties properties = new Properties();
        properties.putAll(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false));
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = List.of();
        while (partitions.isEmpty()) { // the topic may be about to be created
            partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
        }
        consumer.assign(partitions);
    }

    /** Everything read so far, once an event matches. */
    public List<Read> until(Predicate<ProcessSignalEvent> condition) throws Exception {
        if (read.stream().map(Read::event).anyMatch(condition)) {
            return read;
        }
        while (true) {
            if (poll().stream().anyMatch(condition)) {
                return read;
            }
        }
    }

    private List<ProcessSignalEvent> poll() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            ProcessSignalEvent event =
                    decoder.decode(record.value(), WIRE_FORMAT_HEADER, record.value().length - WIRE_FORMAT_HEADER);
            read.add(new Read(new String(record.key(), UTF_8), record.partition(), record.timestamp(), event));
            events.add(event);
        }
        return events;
    }

    /** Everything that is in the topic now. */
    public List<Read> toEnd() throws Exception {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            poll();
        }
        return read;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
