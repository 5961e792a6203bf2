// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.CaptureLoop;
import io.processsignals.agent.capture.LossReporter;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.log.FailingMonitor;
import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.publish.CountingOversizeSink;
import io.processsignals.agent.publish.MetricsListener;
import io.processsignals.agent.publish.PublishLoop;
import io.processsignals.agent.publish.PublishOptions;
import io.processsignals.agent.publish.PublishStatus;
import io.processsignals.agent.publish.TopicOptions;
import io.processsignals.agent.publish.TopicProvisioner;
import io.processsignals.agent.publish.WireFormatEncoder;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolException;
import io.processsignals.common.spool.SpoolOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Capture loop, spool and publish loop as the agent joins them, between a {@link ReplayedKernel} and a broker. */
final class AgentRun implements AutoCloseable {
    private final Spool spool;
    private final CaptureLoop capture;
    private final PublishLoop publish;

    AgentRun(
            ReplayedKernel kernel,
            EventAssembler assembler,
            Path folder,
            String bootstrapServers,
            String registryUrl,
            String topic)
            throws SpoolException, CaptureException {
        AgentMetrics metrics = new AgentMetrics(SignalMask.FATAL);
        AgentHealth health = new AgentHealth(Clock.systemUTC());
        LongSupplier bootMicros = AgentRun::bootMicros;
        LossReporter losses = new LossReporter(
                (loss, out) -> {
                    throw new IllegalStateException("lost " + loss);
                },
                metrics,
                bootMicros);
        spool = Spool.open(
                SpoolOptions.of(folder).withMaxBytes(4L << 30), EventSchema.schema(), losses, new FailingMonitor());
        capture = new CaptureLoop(kernel, assembler, spool, losses, List.of(), metrics, bootMicros, e -> {
            throw new IllegalStateException(e);
        });
        Map<String, Object> kafka = Map.of("bootstrap.servers", bootstrapServers);
        publish = new PublishLoop(
                new PublishLoop.Parts(
                        spool.reader(),
                        new WireFormatEncoder(
                                new SchemaRegistryClient(RegistryOptions.of(List.of(registryUrl))), topic),
                        new TopicProvisioner(kafka, TopicOptions.of(topic, false)),
                        new CountingOversizeSink(losses),
                        losses,
                        new PublishStatus(new MetricsListener(metrics, health, InstantSource.system()))),
                kafka,
                PublishOptions.of(topic));
    }

    void start() {
        publish.start();
        capture.start();
    }

    /** Waits until Kafka has so many events. */
    void awaitAcknowledged(long events) throws InterruptedException {
        while (publish.status().acknowledged() < events) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    long acknowledged() {
        return publish.status().acknowledged();
    }

    @Override
    public void close() {
        capture.close();
        publish.close(Duration.ZERO);
        spool.close();
    }

    static long bootMicros() {
        long[] clocks = new long[2];
        try {
            NativeCapture.readClocks(clocks);
        } catch (CaptureException e) {
            throw new IllegalStateException(e);
        }
        return TimeUnit.NANOSECONDS.toMicros(clocks[0]);
    }
}
