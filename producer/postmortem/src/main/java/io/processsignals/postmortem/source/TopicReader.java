// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a topic, all partitions, without a consumer group: it needs only Read and Describe on the topic,
 * and commits nothing. Used by one thread, except {@link #wakeup}.
 */
public final class TopicReader implements AutoCloseable {
    static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);
    private static final int MAX_POLL_RECORDS = 5_000;

    /** How long records that were sent before the start may still arrive after it. */
    private static final Duration SETTLE = Duration.ofSeconds(2);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final EventDecoder decoder;
    private final String description;
    private final Map<TopicPartition, Long> endAtOpen;

    /** Partitions whose beginning was deleted and of which nothing was read yet. */
    private final Set<TopicPartition> truncated = new HashSet<>();

    private Instant completeFrom;
    private long foreign;
    private Optional<String> firstForeign = Optional.empty();

    private TopicReader(
            KafkaConsumer<byte[], byte[]> consumer,
            EventDecoder decoder,
            String description,
            Map<TopicPartition, Long> endAtOpen,
            Instant completeFrom) {
        this.consumer = consumer;
        this.decoder = decoder;
        this.description = description;
        this.endAtOpen = endAtOpen;
        this.completeFrom = completeFrom;
    }

    /**
     * Connects to the topic.
     *
     * @param fromBeginning to start with the oldest record, not with the next one to come
     * @throws SourceException if there is no broker, no such topic or no permission
     */
    public static TopicReader open(TopicAddress address, EventDecoder decoder, boolean fromBeginning)
            throws SourceException {
        KafkaConsumer<byte[], byte[]> consumer = connect(address, new ByteArrayDeserializer());
        try {
            List<TopicPartition> partitions = partitions(consumer, address);
            consumer.assign(partitions);
            Map<TopicPartition, Long> begin = consumer.beginningOffsets(partitions, CONNECT_LIMIT);
            Map<TopicPartition, Long> end = consumer.endOffsets(partitions, CONNECT_LIMIT);
            Map<TopicPartition, Long> from = fromBeginning ? begin : end;
            from.forEach(consumer::seek);
            TopicReader reader = new TopicReader(
                    consumer,
                    decoder,
                    "topic " + address.topic(),
                    end,
                    fromBeginning ? Instant.MIN : Instant.now().plus(SETTLE));
            if (fromBeginning) {
                begin.forEach((partition, offset) -> {
                    if (offset > 0) {
                        reader.truncated.add(partition);
                    }
                });
            }
            return reader;
        } catch (KafkaException e) {
            consumer.close();
            throw explain(e, address);
        } catch (SourceException e) {
            consumer.close();
            throw e;
        }
    }

    /**
     * The next events: those of one poll in the order of their time, and in each partition in its own order.
     *
     * @return empty if none came within the wait, or after {@link #wakeup}
     */
    public List<EventRecord> poll(Duration wait) throws SourceException {
        ConsumerRecords<byte[], byte[]> records;
        try {
            records = consumer.poll(wait);
        } catch (WakeupException e) {
            return List.of();
        } catch (KafkaException e) {
            throw new SourceException(description + " cannot be read: " + e.getMessage(), e);
        }
        Map<TopicPartition, List<EventRecord>> decoded = new HashMap<>();
        for (TopicPartition partition : records.partitions()) {
            List<EventRecord> events = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                decode(record).ifPresent(events::add);
            }
            decoded.put(partition, events);
            if (!events.isEmpty() && truncated.remove(partition)) {
                Instant first = events.get(0).event().getTimestamp();
                completeFrom = first.isAfter(completeFrom) ? first : completeFrom;
            }
        }
        return TimeMerge.merge(decoded.values());
    }

    /** Makes a waiting {@link #poll} return; from any thread. */
    public void wakeup() {
        consumer.wakeup();
    }

    /** Whether everything was read that the topic held when it was opened. */
    public boolean isCaughtUp() {
        for (Map.Entry<TopicPartition, Long> end : endAtOpen.entrySet()) {
            if (consumer.position(end.getKey()) < end.getValue()) {
                return false;
            }
        }
        return true;
    }

    /** From this wall-clock time on, every event that is in the topic is read; before, some may have been deleted. */
    public Instant completeFrom() {
        return truncated.isEmpty() ? completeFrom : Instant.MAX;
    }

    /** Records skipped because they are no events. */
    public long foreignRecords() {
        return foreign;
    }

    /** Where the first of them was, and why it is none. */
    public Optional<String> firstForeignRecord() {
        return firstForeign;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private Optional<EventRecord> decode(ConsumerRecord<byte[], byte[]> record) throws SourceException {
        byte @Nullable [] value = record.value();
        try {
            return Optional.of(new EventRecord(record.partition(), record.offset(), decoder.decode(value)));
        } catch (ForeignRecordException e) {
            foreign++;
            if (firstForeign.isEmpty()) {
                firstForeign = Optional.of("p" + record.partition() + "@" + record.offset() + ": " + e.getMessage());
            }
            return Optional.empty();
        }
    }

    static <V> KafkaConsumer<byte[], V> connect(TopicAddress address, Deserializer<V> values) throws SourceException {
        Map<String, Object> config = new HashMap<>();
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, "process-signals-reader");
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        config.putAll(address.clientConfig());
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, address.bootstrapServers());
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        try {
            return new KafkaConsumer<>(config, new ByteArrayDeserializer(), values);
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new SourceException("the Kafka client cannot start: " + cause.getMessage(), e);
        }
    }

    static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, TopicAddress address) throws SourceException {
        List<PartitionInfo> infos = consumer.partitionsFor(address.topic(), CONNECT_LIMIT);
        if (infos == null || infos.isEmpty()) {
            throw unknownTopic(address);
        }
        return infos.stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }

    private static SourceException unknownTopic(TopicAddress address) {
        return new SourceException("there is no topic " + address.topic() + " at " + address.bootstrapServers()
                + ": check --topic, or start an agent that creates it");
    }

    static SourceException explain(KafkaException e, TopicAddress address) {
        if (e instanceof TimeoutException) {
            return new SourceException(
                    "no Kafka broker answers at " + address.bootstrapServers() + " within " + CONNECT_LIMIT.toSeconds()
                            + " s: check --bootstrap-servers and the security settings in --client-config",
                    e);
        }
        if (e instanceof AuthenticationException || e instanceof AuthorizationException) {
            return new SourceException(
                    "Kafka at " + address.bootstrapServers() + " refuses access to topic " + address.topic() + " ("
                            + e.getMessage() + "): check --client-config and the topic's ACLs",
                    e);
        }
        if (e instanceof InvalidTopicException) {
            return unknownTopic(address);
        }
        return new SourceException("Kafka at " + address.bootstrapServers() + ": " + e.getMessage(), e);
    }
}
