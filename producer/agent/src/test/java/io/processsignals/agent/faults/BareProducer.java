// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import io.processsignals.agent.publish.ProducerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What the agent's producer can do alone: writes records from memory, over and over, and prints its rate. */
public final class BareProducer {
    private static final int SAMPLE = 20_000;

    private BareProducer() {}

    /** Arguments: bootstrap servers, topic to take records from, topic to write to, how many. */
    public static void main(String[] args) {
        List<ConsumerRecord<byte[], byte[]>> sample = sample(args[0], args[1]);
        long count = Long.parseLong(args[3]);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                ProducerSettings.producer(Map.of("bootstrap.servers", args[0], "max.block.ms", 60_000)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            send(producer, args[2], sample, 1);
            long start = System.nanoTime();
            send(producer, args[2], sample, count);
            System.out.println("rate=" + (long) (count / ((System.nanoTime() - start) / 1e9)));
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told
    private static void send(
            KafkaProducer<byte[], byte[]> producer,
            String topic,
            List<ConsumerRecord<byte[], byte[]>> sample,
            long count) {
        for (long i = 0; i < count; i++) {
            ConsumerRecord<byte[], byte[]> record = sample.get((int) (i % sample.size()));
            producer.send(
                    new ProducerRecord<>(topic, null, record.timestamp(), record.key(), record.value()), (done, e) -> {
                        if (e != null) {
                            throw new IllegalStateException(e);
                        }
                    });
        }
        producer.flush();
    }

    private static List<ConsumerRecord<byte[], byte[]>> sample(String bootstrapServers, String topic) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "enable.metrics.push", false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<ConsumerRecord<byte[], byte[]>> sample = new ArrayList<>();
            while (sample.size() < SAMPLE) {
                consumer.poll(Duration.ofMillis(200)).forEach(sample::add);
            }
            return sample;
        }
    }
}
