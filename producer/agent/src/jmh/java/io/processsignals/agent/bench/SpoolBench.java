// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.capture.CaptureLoop;
import io.processsignals.agent.capture.CaptureObserver;
import io.processsignals.agent.capture.CaptureSource;
import io.processsignals.agent.capture.HookCounters;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.capture.LossReporter;
import io.processsignals.agent.faults.BrokerProcess;
import io.processsignals.agent.log.FailingMonitor;
import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.agent.publish.CountingOversizeSink;
import io.processsignals.agent.publish.PublishLoop;
import io.processsignals.agent.publish.PublishOptions;
import io.processsignals.agent.publish.PublishStatus;
import io.processsignals.agent.publish.TopicOptions;
import io.processsignals.agent.publish.TopicProvisioner;
import io.processsignals.agent.publish.WireFormatEncoder;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.RegistryServer;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolOptions;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * From raw records to Kafka's acknowledgement, as fast as it goes: through the capture loop, a log and the publish loop
 * to a real broker. Prints a line for each round: {@code memory RATE} or {@code spool RATE}, in events a second.
 */
public final class SpoolBench {
    private static final String TOPIC = "bench";
    private static final int MEMORY_EVENTS = 40_000;

    /** Of them handed to the producer and not acknowledged. */
    private static final int IN_FLIGHT_EVENTS = 5_000;

    /**
     * What may lie between capture and acknowledgement, with either log. The memory log must not overflow, though it
     * frees only what lies before the first record not acknowledged.
     */
    private static final long WINDOW = 7_500;

    private static final int BATCH_EVENTS = 500;

    private SpoolBench() {}

    /** Arguments: file of {@link Recording}, folder for spools, events a round, rounds with each log. */
    public static void main(String[] args) throws Exception {
        Path recording = Path.of(args[0]);
        long events = Long.parseLong(args[2]);
        int rounds = Integer.parseInt(args[3]);
        try (BrokerProcess kafka = BrokerProcess.start();
                RegistryServer registry = RegistryServer.start(request -> Response.of(200, "{\"id\":1}"))) {
            run(recording, kafka, registry, new MemoryEventLog(MEMORY_EVENTS, SpoolBench::lost), events); // warm
            for (int round = 0; round < rounds; round++) {
                EventLog memory = new MemoryEventLog(MEMORY_EVENTS, SpoolBench::lost);
                System.out.println("memory " + run(recording, kafka, registry, memory, events));
                EventLog spool = Spool.open(
                        SpoolOptions.of(Path.of(args[1]).resolve("spool-" + round)),
                        EventSchema.schema(),
                        SpoolBench::lost,
                        new FailingMonitor());
                System.out.println("spool " + run(recording, kafka, registry, spool, events));
            }
        }
        System.exit(0);
    }

    private static long run(Path recording, BrokerProcess kafka, RegistryServer registry, EventLog log, long events)
            throws Exception {
        Recording recorded = Recording.read(recording);
        EventAssembler assembler = recorded.assembler();
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        PublishStatus status = new PublishStatus(PublishStatus.Listener.NONE);
        PublishLoop publish = new PublishLoop(
                new PublishLoop.Parts(
                        log.reader(),
                        new WireFormatEncoder(
                                new SchemaRegistryClient(RegistryOptions.of(List.of(registry.url()))), TOPIC),
                        new TopicProvisioner(
                                settings,
                                TopicOptions.of(TOPIC, true).withPartitions(12).withReplicationFactor((short) 1)),
                        new CountingOversizeSink(SpoolBench::lost),
                        SpoolBench::lost,
                        status),
                settings,
                PublishOptions.of(TOPIC).withMaxInFlight(IN_FLIGHT_EVENTS, 8L << 20));
        CountingObserver observer = new CountingObserver();
        Replaying source = new Replaying(recorded, observer, status, events);
        CaptureLoop capture = new CaptureLoop(
                source,
                assembler,
                log,
                new LossReporter((loss, out) -> {}, observer, () -> 1),
                List.of(),
                observer,
                () -> 1,
                e -> e.printStackTrace());
        publish.start();
        capture.start();
        long tenth = events / 10; // connecting is not measured
        await(status, tenth);
        long start = System.nanoTime();
        await(status, events);
        double seconds = (System.nanoTime() - start) / 1e9;
        capture.close();
        publish.close(Duration.ofSeconds(10));
        log.close();
        return Math.round((events - tenth) / seconds);
    }

    private static void await(PublishStatus status, long events) {
        while (status.acknowledged() < events) {
            LockSupport.parkNanos(200_000);
        }
    }

    private static void lost(
            LossStage stage,
            EventType type,
            boolean priority,
            Hook hook,
            int cpu,
            long captureId,
            long sequence,
            long bootTimeMicros) {
        throw new IllegalStateException("lost a " + type + " at " + stage + ": the rate means nothing");
    }

    private static final class CountingObserver implements CaptureObserver {
        private final AtomicLong processed = new AtomicLong();

        @Override
        public void processed(MutableEvent event) {
            processed.lazySet(processed.get() + 1);
        }

        @Override
        public void processed(EventType type) {}

        @Override
        public void lost(LossStage stage, EventType type, long count) {}
    }

    /** The kernel's records over and over, no further ahead of the acknowledgements than the window. */
    private static final class Replaying implements CaptureSource {
        private final ByteBuffer batch = ByteBuffer.allocateDirect(128 << 10).order(ByteOrder.nativeOrder());
        private final CountingObserver observer;
        private final PublishStatus status;
        private final long events;

        private Replaying(Recording recorded, CountingObserver observer, PublishStatus status, long events) {
            this.observer = observer;
            this.status = status;
            this.events = events;
            RecordHeaderFlyweight header = new RecordHeaderFlyweight();
            List<Integer> offsets = recorded.events();
            for (int i = 0; i < BATCH_EVENTS; i++) {
                int offset = offsets.get(i % offsets.size());
                int length = header.wrap(recorded.records(), offset).length();
                if (batch.remaining() < length) {
                    break;
                }
                batch.put(recorded.records().duplicate().limit(offset + length).position(offset));
            }
            batch.flip();
        }

        @Override
        public int poll(ByteBuffer buffer, int timeoutMillis, int silenceMillis) {
            if (observer.processed.get() >= events + 2 * BATCH_EVENTS) {
                LockSupport.parkNanos(1_000_000);
                return 0;
            }
            while (observer.processed.get() - status.acknowledged() > WINDOW) {
                LockSupport.parkNanos(50_000);
            }
            buffer.put(0, batch, 0, batch.limit());
            return batch.limit();
        }

        @Override
        public void release() {}

        @Override
        public void readCounters(HookCounters counters) {}

        @Override
        public List<HookStatus> hooks() {
            return List.of();
        }

        @Override
        public long captureId() {
            return 1;
        }

        @Override
        public int cpus() {
            return 1;
        }

        @Override
        public void close() {}
    }
}
