// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ProducerSettingsTest {
    private static final Map<String, Object> BROKERS = Map.of("bootstrap.servers", "127.0.0.1:9092");

    @Test
    void theDefaultsAreAValidProducerConfiguration() {
        ProducerConfig config = config(BROKERS);

        assertThat(config.getString("acks")).isEqualTo("-1");
        assertThat(config.getBoolean("enable.idempotence")).isTrue();
        assertThat(config.getInt("max.in.flight.requests.per.connection")).isEqualTo(1);
        assertThat(config.getInt("retries")).isEqualTo(Integer.MAX_VALUE);
        assertThat(config.getInt("delivery.timeout.ms")).isEqualTo(Integer.MAX_VALUE);
        assertThat(config.getLong("linger.ms")).isEqualTo(5);
        assertThat(config.getString("compression.type")).isEqualTo("zstd");
        assertThat(config.getBoolean("enable.metrics.push")).isFalse();
        assertThat(config.getString("client.id")).isEqualTo("process-signals");
        assertThat(config.getLong("buffer.memory"))
                .isGreaterThan(PublishOptions.of("t").maxInFlightBytes());
    }

    @Test
    void whatTheUserGivesWinsOverTheDefaults() {
        ProducerConfig config = config(given(Map.of("linger.ms", "50", "compression.type", "lz4", "client.id", "x")));

        assertThat(config.getLong("linger.ms")).isEqualTo(50);
        assertThat(config.getString("compression.type")).isEqualTo("lz4");
        assertThat(config.getString("client.id")).isEqualTo("x");
    }

    @Test
    void whatTheGuaranteesRestOnCannotBeChanged() {
        Map<String, Object> settings = ProducerSettings.producer(given(Map.of(
                "acks", "1",
                "enable.idempotence", "false",
                "retries", "0",
                "delivery.timeout.ms", "1000",
                "partitioner.ignore.keys", "true",
                "partitioner.class", "org.example.Partitioner",
                "transactional.id", "t",
                "max.in.flight.requests.per.connection", "17",
                "value.serializer", "org.example.Serializer")));

        assertThat(settings)
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true)
                .containsEntry("retries", Integer.MAX_VALUE)
                .containsEntry("delivery.timeout.ms", Integer.MAX_VALUE)
                .containsEntry("partitioner.ignore.keys", false)
                .containsEntry("max.in.flight.requests.per.connection", 5)
                .doesNotContainKeys("partitioner.class", "transactional.id", "value.serializer");
    }

    @Test
    void upToFiveRequestsInFlightAreTheUsersChoice() {
        assertThat(ProducerSettings.producer(given(Map.of("max.in.flight.requests.per.connection", " 3 "))))
                .containsEntry("max.in.flight.requests.per.connection", 3);
        assertThatThrownBy(
                        () -> ProducerSettings.producer(given(Map.of("max.in.flight.requests.per.connection", "many"))))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void theAdminClientGetsWhatIsItsOwn() {
        Map<String, Object> settings =
                ProducerSettings.admin(given(Map.of("linger.ms", "50", "sasl.mechanism", "PLAIN", "client.id", "x")));

        assertThat(settings)
                .containsEntry("sasl.mechanism", "PLAIN")
                .containsEntry("client.id", "x-admin")
                .doesNotContainKey("linger.ms");
        assertThat(new AdminClientConfig(settings).getInt("default.api.timeout.ms"))
                .isEqualTo(5_000);
        assertThat(ProducerSettings.admin(BROKERS)).containsEntry("client.id", "process-signals-admin");
    }

    private static Map<String, Object> given(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(BROKERS);
        all.putAll(more);
        return all;
    }

    private static ProducerConfig config(Map<String, Object> given) {
        Map<String, Object> settings = new HashMap<>(ProducerSettings.producer(given));
        settings.put("key.serializer", ByteArraySerializer.class);
        settings.put("value.serializer", ByteArraySerializer.class);
        return new ProducerConfig(settings);
    }
}
