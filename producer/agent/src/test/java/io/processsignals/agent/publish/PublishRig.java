// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.awaitility.Awaitility.await;

import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.agent.publish.PublishStatus.State;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.LossStage;
import io.processsignals.events.ProcessSignalEvent;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A publish loop between a log that a test fills and a broker and registry that a test chose. */
final class PublishRig implements AutoCloseable {
    /** A loss that was told. */
    record Loss(LossStage stage, long sequence, boolean priority) {}

    final MemoryEventLog log;
    final PublishStatus status = new PublishStatus(PublishStatus.Listener.NONE);
    final ConcurrentLinkedQueue<Loss> losses = new ConcurrentLinkedQueue<>();
    final PublishLoop loop;
    private final String bootstrapServers;
    private final String topic;
    private long appended;

    private PublishRig(Builder builder) {
        this.bootstrapServers = builder.bootstrapServers;
        this.topic = builder.topic;
        LossListener listener = (stage, type, priority, hook, cpu, captureId, sequence, bootTime) ->
                losses.add(new Loss(stage, sequence, priority));
        this.log = new MemoryEventLog(builder.capacity, listener);
        Map<String, Object> kafka = new HashMap<>(builder.kafka);
        kafka.put("bootstrap.servers", bootstrapServers);
        kafka.put("default.api.timeout.ms", 2_000);
        ValueEncoder encoder = builder.encoder != null
                ? builder.encoder
                : new WireFormatEncoder(new SchemaRegistryClient(builder.registry), topic);
        this.loop = new PublishLoop(
                new PublishLoop.Parts(
                        log.reader(),
                        encoder,
                        new TopicProvisioner(
                                kafka,
                                TopicOptions.of(topic, builder.createTopic).withPartitions(3)),
                        new CountingOversizeSink(listener),
                        listener,
                        status),
                kafka,
                PublishOptions.of(topic)
                        .withRetry(builder.retryMin, builder.retryMax)
                        .withStallAfter(builder.stallAfter),
                settings -> builder.producers.apply(
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())),
                builder.clock);
    }

    static Builder with(String bootstrapServers, String registryUrl, String topic) {
        return new Builder(bootstrapServers, registryUrl, topic);
    }

    /** Appends so many events over so many keys, sequences going on from the last. */
    void append(int events, int keys) {
        for (int i = 0; i < events; i++) {
            long sequence = appended++;
            append(TestEvents.event(1 + (int) (sequence % keys), sequence, System.currentTimeMillis() * 1_000));
        }
    }

    void append(ProcessSignalEvent event) {
        log.append(TestEvents.encode(event));
        log.commit();
    }

    /** Waits for as long as a slow machine may need. */
    void awaitEmptyLog() {
        await().atMost(Duration.ofSeconds(60)).until(() -> log.size() == 0);
    }

    void awaitState(State state) {
        await().atMost(Duration.ofSeconds(60)).until(() -> status.condition().state() == state);
    }

    TopicContent content() {
        return TopicContent.read(bootstrapServers, topic);
    }

    @Override
    public void close() {
        loop.close(Duration.ZERO);
        log.close();
    }

    static final class Builder {
        private final String bootstrapServers;
        private final RegistryOptions registry;
        private final String topic;
        private final Map<String, Object> kafka = new HashMap<>();
        private int capacity = MemoryEventLog.DEFAULT_CAPACITY;
        private boolean createTopic = true;
        private Duration stallAfter = Duration.ofSeconds(15);
        private Duration retryMin = Duration.ofMillis(50);
        private Duration retryMax = Duration.ofMillis(500);
        private ValueEncoder encoder;
        private Function<Producer<byte[], byte[]>, Producer<byte[], byte[]>> producers = UnaryOperator.identity();
        private InstantSource clock = InstantSource.system();

        private Builder(String bootstrapServers, String registryUrl, String topic) {
            this.bootstrapServers = bootstrapServers;
            this.registry = RegistryOptions.of(List.of(registryUrl));
            this.topic = topic;
        }

        Builder kafka(String key, Object value) {
            kafka.put(key, value);
            return this;
        }

        Builder capacity(int events) {
            capacity = events;
            return this;
        }

        Builder createTopic(boolean create) {
            createTopic = create;
            return this;
        }

        Builder stallAfter(Duration after) {
            stallAfter = after;
            return this;
        }

        Builder retry(Duration min, Duration max) {
            retryMin = min;
            retryMax = max;
            return this;
        }

        Builder encoder(ValueEncoder other) {
            encoder = other;
            return this;
        }

        Builder clock(InstantSource other) {
            clock = other;
            return this;
        }

        Builder producers(UnaryOperator<Producer<byte[], byte[]>> wrapper) {
            producers = wrapper;
            return this;
        }

        PublishRig start() {
            PublishRig rig = new PublishRig(this);
            rig.loop.start();
            return rig;
        }
    }
}
