// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.faults.BrokerProcess;
import io.processsignals.agent.log.FailingMonitor;
import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.publish.CountingOversizeSink;
import io.processsignals.agent.publish.MetricsListener;
import io.processsignals.agent.publish.ProducerSettings;
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
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LossListener;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What an outage left in the spool, published to a broker of its own, beside a bare producer with the same settings
 * that is handed keys and values ready-made. To be run with the agent's heap. Prints a line for each round:
 * {@code backlog RATE} or {@code bare RATE}, in events a second.
 */
public final class BacklogBench {
    private static final int POOL = 5_000;
    private static final int BATCH_EVENTS = 500;
    private static final int WARM_UP_ROUNDS = 2;

    private static final LossListener LOST = (stage, type, priority, hook, cpu, captureId, sequence, bootTime) -> {
        throw new IllegalStateException("lost a " + type + " at " + stage + ": the rate means nothing");
    };

    private final RawPool pool;
    private final EventAssembler assembler;
    private final ReadyMessages messages;
    private final EncodedEvent event = new EncodedEvent();

    private BacklogBench(Path recording) throws Exception {
        Recording recorded = Recording.read(recording);
        pool = new RawPool(recorded, POOL);
        assembler = recorded.assembler();
        messages = new ReadyMessages(pool, POOL, assembler);
    }

    /** Arguments: file of {@link Recording}, folder for spools, events a round, rounds of each. */
    public static void main(String[] args) throws Exception {
        BacklogBench bench = new BacklogBench(Path.of(args[0]));
        long events = Long.parseLong(args[2]);
        int rounds = Integer.parseInt(args[3]);
        try (BrokerProcess kafka = BrokerProcess.start();
                RegistryServer registry = RegistryServer.start(request -> Response.of(200, "{\"id\":1}"))) {
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                Path folder = Path.of(args[1]).resolve("backlog-" + round);
                long backlog = bench.backlog(folder, kafka.bootstrapServers(), registry.url(), events);
                long bare = bench.bare(kafka.bootstrapServers(), events);
                if (round >= 0) {
                    System.out.println("backlog " + backlog);
                    System.out.println("bare " + bare);
                }
            }
        }
        System.exit(0);
    }

    private long backlog(Path folder, String bootstrapServers, String registryUrl, long events) throws Exception {
        AgentMetrics metrics = new AgentMetrics(SignalMask.FATAL);
        AgentHealth health = new AgentHealth(Clock.systemUTC());
        PublishStatus status = new PublishStatus(new MetricsListener(metrics, health, InstantSource.system()));
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        try (Spool spool = Spool.open(
                SpoolOptions.of(folder).withMaxBytes(4L << 30), EventSchema.schema(), LOST, new FailingMonitor())) {
            for (long i = 0; i < events; i++) {
                assembler.assemble(pool.bytes(), pool.offset((int) (i % POOL)), event);
                spool.append(event);
                if (i % BATCH_EVENTS == 0) {
                    spool.commit();
                }
            }
            spool.commit();
            PublishLoop loop = new PublishLoop(
                    new PublishLoop.Parts(
                            spool.reader(),
                            new WireFormatEncoder(
                                    new SchemaRegistryClient(RegistryOptions.of(List.of(registryUrl))), "backlog"),
                            new TopicProvisioner(
                                    settings, TopicOptions.of("backlog", true).withReplicationFactor((short) 1)),
                            new CountingOversizeSink(LOST),
                            LOST,
                            status),
                    settings,
                    PublishOptions.of("backlog"));
            loop.start();
            await(status, 1); // connecting is not measured
            long start = System.nanoTime();
            await(status, events);
            long nanos = System.nanoTime() - start;
            loop.close(Duration.ofSeconds(10));
            return rate(events, nanos);
        }
    }

    private static void await(PublishStatus status, long events) throws InterruptedException {
        while (status.acknowledged() < events) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told
    private long bare(String bootstrapServers, long events) {
        Map<String, Object> settings = new HashMap<>(ProducerSettings.producer(Map.of()));
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 60_000L);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>("backlog", messages.key(0), messages.value(0)));
            producer.flush();
            long start = System.nanoTime();
            for (long i = 0; i < events; i++) {
                int index = (int) (i % POOL);
                producer.send(
                        new ProducerRecord<>(
                                "backlog",
                                null,
                                System.currentTimeMillis(),
                                messages.key(index),
                                messages.value(index)),
                        (done, e) -> {
                            if (e != null) {
                                throw new IllegalStateException(e);
                            }
                        });
            }
            producer.flush();
            return rate(events, System.nanoTime() - start);
        }
    }

    private static long rate(long events, long nanos) {
        return Math.round(events / (nanos / 1e9));
    }
}
