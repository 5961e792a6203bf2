// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaIT {
    private static final TopicPartition PARTITION = new TopicPartition("letters", 0);

    @Test
    void keepsRecordsAndAddressOverARestart() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.startTemporary()) {
            String address = kafka.bootstrapServers();
            Topics.create(address, PARTITION.topic(), 1);
            produce(address, "a");

            kafka.restart();
            produce(address, "b");

            assertThat(kafka.bootstrapServers()).isEqualTo(address);
            assertThat(consume(address, 2)).containsExactly("a", "b");
        }
    }

    @Test
    void removesItsTemporaryFolder() throws Exception {
        EmbeddedKafka kafka = EmbeddedKafka.startTemporary();
        assertThat(kafka.directory()).exists();
        kafka.close();
        assertThat(kafka.directory()).doesNotExist();
    }

    @Test
    void continuesInAFolderOfAnEarlierCluster(@TempDir Path directory) throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().directory(directory).start()) {
            Topics.create(kafka.bootstrapServers(), PARTITION.topic(), 1);
            produce(kafka.bootstrapServers(), "a");
        }
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().directory(directory).start()) {
            assertThat(consume(kafka.bootstrapServers(), 1)).containsExactly("a");
        }
    }

    @Test
    void saysInOneLineThatThePortIsTaken() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.startTemporary()) {
            int port = Integer.parseInt(kafka.bootstrapServers().split(":")[1]);
            assertThatThrownBy(() -> EmbeddedKafka.builder().port(port).start())
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("port " + port)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void servesWhileOneOfThreeBrokersIsDown() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().brokers(3).start()) {
            Topics.create(kafka.bootstrapServers(), new NewTopic(PARTITION.topic(), 1, (short) 3));
            produce(kafka.bootstrapServers(), "a");

            kafka.stop(1);
            produce(kafka.bootstrapServers(), "b");
            kafka.start(1);

            assertThat(consume(kafka.bootstrapServers(), 2)).containsExactly("a", "b");
        }
    }

    private static void produce(String bootstrap, String value) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(PARTITION.topic(), value)).get();
        }
    }

    private static List<String> consume(String bootstrap, int count) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            List<String> values = new ArrayList<>();
            while (values.size() < count) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    values.add(record.value());
                }
            }
            return values;
        }
    }
}
