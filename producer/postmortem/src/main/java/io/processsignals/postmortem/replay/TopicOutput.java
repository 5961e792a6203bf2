// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.StoredEvent;
import io.processsignals.postmortem.source.TopicAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Another topic: values, keys, partitions and timestamps as they were. The header {@value #HEADER} names the topic that
 * a record was replayed from.
 */
public final class TopicOutput implements ReplayOutput {
    public static final String HEADER = "process-signals-replay-of";

    private static final int RETENTION_SECONDS = 10;

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final byte[] origin;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /** For how long the topic keeps a record by its timestamp; empty: for ever, or it is not told. */
    private final Optional<Duration> retention;

    private long oldestMillis = Long.MAX_VALUE;

    /**
     * @param topic must exist, with as many partitions as the source
     * @param partitions of the source
     * @throws SourceException with a line for the user
     */
    public TopicOutput(TopicAddress source, String topic, int partitions) throws SourceException {
        if (topic.equals(source.topic())) {
            throw new SourceException("--to-topic " + topic + " is the topic that is read: choose another");
        }
        Map<String, Object> config = new HashMap<>(source.clientConfig());
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, source.bootstrapServers());
        config.put(ProducerConfig.CLIENT_ID_CONFIG, "process-signals-replay");
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        // The topic may be just created: a partition that refuses the first batch because its leader is not ready yet,
        // and takes the second, refuses the first for ever (KAFKA-14359).
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
        config.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        this.topic = topic;
        this.origin = source.topic().getBytes(StandardCharsets.UTF_8);
        try {
            producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        } catch (KafkaException e) {
            throw new SourceException("the Kafka client cannot start: " + e.getMessage(), e);
        }
        int has;
        try {
            has = producer.partitionsFor(topic).size();
        } catch (KafkaException e) {
            producer.close();
            throw new SourceException(
                    "topic " + topic + " of --to-topic is not there: create it with " + partitions + " partitions", e);
        }
        if (has != partitions) {
            producer.close();
            throw new SourceException("topic " + topic + " of --to-topic has " + has + " partitions, the source "
                    + partitions + ": create one with " + partitions + ", so that keys stay where they are");
        }
        retention = retention(config);
    }

    private Optional<Duration> retention(Map<String, Object> config) {
        Map<String, Object> adminConfig = new HashMap<>(config);
        adminConfig.keySet().retainAll(AdminClientConfig.configNames());
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Admin.create(adminConfig)) {
            Map<ConfigResource, Config> described =
                    admin.describeConfigs(List.of(resource)).all().get(RETENTION_SECONDS, TimeUnit.SECONDS);
            return described.values().stream()
                    .map(settings -> settings.get(TopicConfig.RETENTION_MS_CONFIG))
                    .map(entry -> entry == null ? null : entry.value())
                    .filter(Objects::nonNull)
                    .map(value -> Duration.ofMillis(Long.parseLong(value)))
                    .filter(keeps -> !keeps.isNegative())
                    .findAny();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            return Optional.empty(); // to read a topic's settings is a right of its own, and only a warning needs it
        }
    }

    @Override
    public boolean write(StoredEvent event) throws IOException {
        check();
        oldestMillis = Math.min(oldestMillis, event.timestampMillis());
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topic,
                event.record().partition(),
                event.timestampMillis(),
                event.key(),
                event.wire().orElseThrow());
        record.headers().add(HEADER, origin);
        try {
            var unused = producer.send(record, (metadata, e) -> {
                if (e != null) {
                    failure.compareAndSet(null, e);
                }
            });
        } catch (KafkaException e) {
            failure.compareAndSet(null, e);
            check();
        }
        return true;
    }

    @Override
    public Optional<String> note() {
        Instant oldest = Instant.ofEpochMilli(oldestMillis);
        return retention
                .filter(keeps -> oldest.isBefore(Instant.now().minus(keeps)))
                .map(keeps -> "topic " + topic + " deletes records " + keeps.toSeconds() + " s after their timestamps,"
                        + " and the oldest one sent is of " + oldest + ": set its retention.ms to -1 to keep them");
    }

    @Override
    public void close() throws IOException {
        producer.flush();
        producer.close();
        check();
    }

    private void check() throws SourceException {
        Exception e = failure.get();
        if (e != null) {
            throw new SourceException("topic " + topic + " of --to-topic takes no records: " + e.getMessage(), e);
        }
    }
}
