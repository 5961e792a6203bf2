// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.scale;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.agent.Collector;
import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.agent.publish.CountingOversizeSink;
import io.processsignals.agent.publish.PublishLoop;
import io.processsignals.agent.publish.PublishOptions;
import io.processsignals.agent.publish.PublishStatus;
import io.processsignals.agent.publish.TopicOptions;
import io.processsignals.agent.publish.TopicProvisioner;
import io.processsignals.agent.publish.WireFormatEncoder;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LossListener;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.events.ProcessSignalEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.JmxReporter;

/**
 * A fleet: publish loops of many nodes, fed from what a real kernel said, against three brokers. Prints what
 * {@code k8s/SIZING.md} is made of. {@code bin/bench fleet} runs it. Properties: fleet.nodes, fleet.events (per node),
 * fleet.seconds.
 */
public final class Fleet {
    private static final String TOPIC = "process-signals.events.v1";
    private static final int PARTITIONS = 12;
    private static final short BROKERS = 3;
    private static final int NODES = Integer.getInteger("fleet.nodes", 1_000);
    private static final int EVENTS = Integer.getInteger("fleet.events", 66);
    private static final int SECONDS = Integer.getInteger("fleet.seconds", 20);

    /** A herd would be told to come again later, which none of these figures is about. */
    private static final int STARTING_AT_A_TIME = 32;

    private static final String ESTABLISHED = "01";

    private final AtomicLong losses = new AtomicLong();
    private final LossListener lossListener =
            (stage, type, priority, hook, cpu, captureId, sequence, bootTime) -> losses.incrementAndGet();

    private Fleet() {}

    public static void main(String[] args) throws Exception {
        new Fleet().run();
    }

    private void run() throws Exception {
        List<ProcessSignalEvent> recorded = record();
        try (EmbeddedKafka kafka = EmbeddedKafka.builder().brokers(BROKERS).start();
                EmbeddedRegistry registry = EmbeddedRegistry.startTemporary();
                CountingProxy proxy = CountingProxy.start(registry.url())) {
            List<Node> nodes = new ArrayList<>(); // which end with this JVM
            System.out.printf(
                    "fleet: %d nodes, %d events each, %d brokers, %d partitions%n", NODES, EVENTS, BROKERS, PARTITIONS);
            start(nodes, recorded, kafka.bootstrapServers(), proxy.url());
            send(nodes, recorded);
            report(kafka, proxy, nodes);
        }
        require(losses.get() == 0, losses + " events were lost");
    }

    /** With an event each, since a publish loop looks for registry and topic when it has something to send. */
    private void start(List<Node> nodes, List<ProcessSignalEvent> recorded, String bootstrapServers, String registryUrl)
            throws Exception {
        long began = System.nanoTime();
        for (int i = 0; i < NODES; i++) {
            Node node = new Node("node-%05d".formatted(i), i, bootstrapServers, registryUrl);
            nodes.add(node);
            node.append(recorded, 0, 1);
            awaitSent(nodes, STARTING_AT_A_TIME);
        }
        awaitSent(nodes, 1);
        System.out.printf("%-44s %.0f s%n", "started, and the first event of each sent, in", seconds(began));
    }

    private static void send(List<Node> nodes, List<ProcessSignalEvent> recorded) throws Exception {
        int events = EVENTS - 1;
        long requestsBefore = producerTotal("request-total");
        long began = System.nanoTime();
        for (int second = 0; second < SECONDS; second++) {
            for (Node node : nodes) {
                node.append(recorded, 1 + events * second / SECONDS, 1 + events * (second + 1) / SECONDS);
            }
            long wait = began + Duration.ofSeconds(second + 1L).toNanos() - System.nanoTime();
            Thread.sleep(Math.max(0, wait / 1_000_000));
        }
        awaitSent(nodes, 1);
        double seconds = seconds(began);
        long requests = producerTotal("request-total") - requestsBefore;
        System.out.printf("%-44s %.0f s, %.0f events/s%n", "the others sent in", seconds, NODES * events / seconds);
        System.out.printf("%-44s %.1f%n", "requests to brokers, per node and second", requests / seconds / NODES);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** Until fewer nodes than that have anything that Kafka has not acknowledged. */
    private static void awaitSent(List<Node> nodes, int fewer) throws InterruptedException {
        while (nodes.stream().filter(node -> node.log.size() > 0).limit(fewer).count() == fewer) {
            Thread.sleep(10);
        }
    }

    private void report(EmbeddedKafka kafka, CountingProxy proxy, List<Node> nodes) throws Exception {
        long events = (long) NODES * EVENTS;
        long[] offsets = offsets(kafka);
        LongSummaryStatistics balance = Arrays.stream(offsets).summaryStatistics();
        require(balance.getSum() == events, balance.getSum() + " of " + events + " events are in the topic");
        long wire = producerTotal("outgoing-byte-total");
        long disk = diskBytes(kafka);
        long raw = nodes.stream().mapToLong(node -> node.bytes).sum();
        System.out.printf(
                "%-44s %d, %.2f a node%n",
                "connections to brokers", connections(kafka), connections(kafka) / (double) NODES);
        System.out.printf(
                "%-44s %d, %.2f a node%n",
                "requests to the registry", proxy.requests(), proxy.requests() / (double) NODES);
        System.out.printf("%-44s %.0f%n", "bytes per event, Avro with key", raw / (double) events);
        System.out.printf("%-44s %.0f%n", "bytes per event on the wire, zstd", wire / (double) events);
        System.out.printf("%-44s %.0f%n", "bytes per event on disk, one replica", disk / (double) events / BROKERS);
        System.out.printf(
                "%-44s min %d, mean %.0f, max %d (%.2f of the mean)%n",
                "events per partition",
                balance.getMin(),
                balance.getAverage(),
                balance.getMax(),
                balance.getMax() / balance.getAverage());
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** Some events of this machine's kernel: processes of a shell that start, end and are killed. */
    private static List<ProcessSignalEvent> record() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        try (Collector collector = Collector.open("fleet", Map.of("processes.running", "false"))) {
            Process shell = new ProcessBuilder(
                            "sh",
                            "-c",
                            "while :; do sleep 0.01; sh -c 'kill -TERM $$'; cat /proc/version >/dev/null; done")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                for (ProcessSignalEvent event : collector.events()) {
                    events.add(event);
                    if (events.size() == EVENTS) {
                        return events;
                    }
                }
            } finally {
                shell.destroyForcibly().waitFor();
            }
        }
        throw new IllegalStateException("the collector has ended");
    }

    private static long[] offsets(EmbeddedKafka kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            Map<TopicPartition, OffsetSpec> latest = IntStream.range(0, PARTITIONS)
                    .boxed()
                    .collect(Collectors.toMap(i -> new TopicPartition(TOPIC, i), i -> OffsetSpec.latest()));
            return admin.listOffsets(latest).all().get().values().stream()
                    .mapToLong(offset -> offset.offset())
                    .toArray();
        }
    }

    /** A figure of all producers of this JVM together. */
    private static long producerTotal(String attribute) throws Exception {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        Set<ObjectName> producers =
                beans.queryNames(new ObjectName("kafka.producer:type=producer-metrics,client-id=fleet-*"), null);
        require(producers.size() == NODES, producers.size() + " producers have figures");
        double total = 0;
        for (ObjectName producer : producers) {
            total += ((Number) beans.getAttribute(producer, attribute)).doubleValue();
        }
        return Math.round(total);
    }

    private static long connections(EmbeddedKafka kafka) throws IOException {
        Set<String> ports = Arrays.stream(kafka.bootstrapServers().split(","))
                .map(address -> "%04X".formatted(Integer.parseInt(address.substring(address.indexOf(':') + 1))))
                .collect(Collectors.toSet());
        long count = 0;
        for (String file : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
            try (Stream<String> lines = Files.lines(Path.of(file))) {
                count += lines.map(line -> line.strip().split("\\s+"))
                        .filter(parts -> parts[3].equals(ESTABLISHED)
                                && ports.contains(parts[1].substring(parts[1].indexOf(':') + 1)))
                        .count();
            }
        }
        return count;
    }

    /** Bytes in the segments of the topic, all replicas. */
    private static long diskBytes(EmbeddedKafka kafka) throws IOException {
        try (Stream<Path> files = Files.walk(kafka.directory())) {
            long bytes = 0;
            for (Path file : files.filter(path -> path.toString().endsWith(".log")
                            && path.getParent().getFileName().toString().startsWith(TOPIC))
                    .toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    /** What one agent has from its log on. */
    private final class Node {
        private final String name;
        private final MemoryEventLog log = new MemoryEventLog(10_000, lossListener);
        private final SpecificDatumWriter<ProcessSignalEvent> writer =
                new SpecificDatumWriter<>(ProcessSignalEvent.class);
        private final int offset;
        private long bytes;

        Node(String name, int index, String bootstrapServers, String registryUrl) {
            this.name = name;
            this.offset = index;
            Map<String, Object> kafka = Map.of(
                    "bootstrap.servers",
                    bootstrapServers,
                    "client.id",
                    "fleet-" + name,
                    "metric.reporters",
                    JmxReporter.class.getName()); // the agent has none
            TopicOptions topic =
                    TopicOptions.of(TOPIC, true).withPartitions(PARTITIONS).withReplicationFactor(BROKERS);
            new PublishLoop(
                            new PublishLoop.Parts(
                                    log.reader(),
                                    new WireFormatEncoder(
                                            new SchemaRegistryClient(RegistryOptions.of(List.of(registryUrl))), TOPIC),
                                    new TopicProvisioner(kafka, topic),
                                    new CountingOversizeSink(lossListener),
                                    lossListener,
                                    new PublishStatus(PublishStatus.Listener.NONE)),
                            kafka,
                            PublishOptions.of(TOPIC))
                    .start();
        }

        void append(List<ProcessSignalEvent> events, int from, int to) throws IOException {
            for (int i = from; i < to; i++) {
                ProcessSignalEvent event =
                        ProcessSignalEvent.newBuilder(events.get(i)).build();
                event.setNode(name);
                event.setTgid(event.getTgid() + offset * 7); // nodes do not give out pids in step
                EncodedEvent encoded = encode(event);
                bytes += encoded.keyLength + encoded.valueLength;
                log.append(encoded);
            }
            log.commit();
        }

        private EncodedEvent encode(ProcessSignalEvent event) throws IOException {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(body, null);
            writer.write(event, encoder);
            encoder.flush();
            EncodedEvent out = new EncodedEvent();
            out.key = (name + "/" + event.getTgid()).getBytes(UTF_8);
            out.keyLength = out.key.length;
            out.value = body.toByteArray();
            out.valueLength = out.value.length;
            out.timestampMicros = ChronoUnit.MICROS.between(Instant.EPOCH, event.getTimestamp());
            out.type = event.getEventType();
            out.hook = event.getHook();
            out.cpu = event.getCpu();
            out.captureId = event.getCaptureId();
            out.sequence = event.getSequence();
            out.bootTimeMicros = event.getBootTime();
            return out;
        }
    }
}
