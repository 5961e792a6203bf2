// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.assemble.AgentEvents;
import io.processsignals.agent.assemble.AgentSequence;
import io.processsignals.agent.faults.BrokerProcess;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.log.FailingMonitor;
import io.processsignals.agent.publish.CountingOversizeSink;
import io.processsignals.agent.publish.PublishLoop;
import io.processsignals.agent.publish.PublishOptions;
import io.processsignals.agent.publish.PublishStatus;
import io.processsignals.agent.publish.TopicOptions;
import io.processsignals.agent.publish.TopicProvisioner;
import io.processsignals.agent.publish.WireFormatEncoder;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.RegistryServer;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LossListener;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolOptions;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Publishes some events through the spool to a real broker, while {@code src/main/jvm/class-list} notes the classes
 * that this loads: the agent itself would need rights that a build has not.
 */
final class TrainingRun {
    private static final String TOPIC = "training";
    private static final int EVENTS = 100;

    private static final LossListener LOST = (stage, type, priority, hook, cpu, captureId, sequence, bootTime) -> {
        throw new IllegalStateException("lost a " + type + " at " + stage);
    };

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private TrainingRun() {}

    /** Argument: folder for the spool. */
    public static void main(String[] args) throws Exception {
        PublishStatus status = new PublishStatus(PublishStatus.Listener.NONE);
        try (BrokerProcess kafka = BrokerProcess.start();
                RegistryServer registry = RegistryServer.start(request -> Response.of(200, "{\"id\":1}"));
                Spool spool = Spool.open(
                        SpoolOptions.of(Path.of(args[0])), EventSchema.schema(), LOST, new FailingMonitor())) {
            fill(spool);
            Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
            try (PublishLoop loop = new PublishLoop(
                    new PublishLoop.Parts(
                            spool.reader(),
                            new WireFormatEncoder(
                                    new SchemaRegistryClient(RegistryOptions.of(List.of(registry.url()))), TOPIC),
                            new TopicProvisioner(
                                    settings, TopicOptions.of(TOPIC, true).withReplicationFactor((short) 1)),
                            new CountingOversizeSink(LOST),
                            LOST,
                            status),
                    settings,
                    PublishOptions.of(TOPIC))) {
                loop.start();
                Instant limit = Instant.now().plus(PATIENCE);
                while (status.acknowledged() < EVENTS) {
                    if (Instant.now().isAfter(limit)) {
                        throw new IllegalStateException("Kafka took " + status.acknowledged() + " events");
                    }
                    Thread.sleep(10);
                }
            }
        }
        System.exit(0); // whatever the servers have left running
    }

    private static void fill(Spool spool) {
        NodeIdentity node = new NodeIdentity(Optional.empty(), ConstantText.of("n"), ConstantText.of("b"));
        EpochClock clock = new EpochClock(
                sample -> {
                    sample[ClockPair.BOOT] = 1;
                    sample[ClockPair.REAL] = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
                },
                0);
        Cgroups cgroups = new Cgroups(
                new CgroupHierarchy(0, Optional.empty(), Optional.empty()), Path.of("/proc"), 1, Duration.ZERO);
        AgentEvents events = new AgentEvents(node, clock, cgroups, new AgentSequence(1));
        EncodedEvent event = new EncodedEvent();
        for (int i = 0; i < EVENTS; i++) {
            events.lost(LossStage.RING, EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 1, 1, 0, 0, 0, 1, 1, event);
            spool.append(event);
        }
        spool.commit();
    }
}
