// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.cli.AgentProcess;
import io.processsignals.agent.cli.ExitCodes;
import io.processsignals.agent.faults.BrokerProcess;
import io.processsignals.agent.faults.Command;
import io.processsignals.agent.faults.CuttingProxy;
import io.processsignals.agent.faults.FaultTable;
import io.processsignals.agent.faults.SequenceAudit;
import io.processsignals.agent.faults.Storm;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.registry.RegistryServer;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent on the real kernel under load, a real broker, and one fault each: nothing is lost without being counted, and
 * the agent says what is wrong. Needs root and BTF. {@code bin/test faults} also runs those that take longer, tagged
 * {@code long}.
 */
class FaultsIT {
    private static final Duration WAIT = Duration.ofSeconds(60);

    private static EmbeddedKafka kafka;
    private static RegistryServer registry;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startServers() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        registry = RegistryServer.start(request -> Response.of(200, "{\"id\":1}"));
    }

    @AfterAll
    static void stopServers() throws Exception {
        registry.close();
        kafka.close();
    }

    @Test
    @Tag("long")
    void brokerDownAtStart() throws Exception {
        try (EmbeddedKafka late = EmbeddedKafka.builder().create();
                AgentRun run = run(late.bootstrapServers(), "t").start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(3))) {
            assertThat(run.awaitTold(Part.KAFKA).reason()).contains(late.bootstrapServers(), "kafka.bootstrap.servers");
            Storm.Made made = storm.await(WAIT);
            late.start();
            run.awaitWorking(Part.KAFKA);
            run.finish("broker down at start", made.deaths());
        }
    }

    @Test
    void brokerRestarted() throws Exception {
        try (EmbeddedKafka restarted = EmbeddedKafka.startTemporary();
                AgentRun run = run(restarted.bootstrapServers(), "t").start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(4))) {
            run.awaitPublished(1_000);
            restarted.stop();
            run.awaitTold(Part.KAFKA);
            restarted.start();
            Storm.Made made = storm.await(WAIT);
            run.awaitWorking(Part.KAFKA);
            run.finish("broker restarted", made.deaths());
        }
    }

    @Test
    @Tag("long")
    void brokerHangs() throws Exception {
        try (BrokerProcess hanging = BrokerProcess.start();
                AgentRun run = run(hanging.bootstrapServers(), "t").start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(10))) {
            run.awaitPublished(1_000);
            hanging.hang();
            assertThat(run.awaitTold(Part.KAFKA).reason()).contains("Kafka");
            Storm.Made made = storm.await(WAIT);
            hanging.goOn();
            run.awaitWorking(Part.KAFKA);
            run.finish("broker hangs (SIGSTOP)", made.deaths());
        }
    }

    @Test
    void connectionCutInTheMiddleOfABatch() throws Exception {
        int port = freePort();
        try (CuttingProxy proxy = new CuttingProxy(port, 42);
                EmbeddedKafka behind = EmbeddedKafka.builder()
                        .port(port)
                        .property("advertised.listeners", "BROKER://127.0.0.1:" + proxy.port())
                        .start();
                AgentRun run = run("127.0.0.1:" + proxy.port(), "t")
                        .with("kafka.compression.type", "none")
                        .start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(3))) {
            run.awaitPublished(100);
            proxy.cutting(true);
            Storm.Made made = storm.await(WAIT);
            await().atMost(WAIT).until(() -> proxy.cuts() >= 10);
            assertThat(run.awaitTold(Part.KAFKA).reason()).contains("connections", "network");
            assertThat(run.metric("runtime_publish_retries_total")).isPositive();
            proxy.cutting(false);
            run.awaitDrained();
            run.awaitWorking(Part.KAFKA);
            assertThat(behind.bootstrapServers()).endsWith(":" + port);
            run.finish("connection cut mid-batch, " + proxy.cuts() + " times", made.deaths());
        }
    }

    /** What lay in the topic goes with it; all that came later is in the new one. */
    @Test
    @Tag("long")
    void topicDeleted() throws Exception {
        Topics.create(kafka.bootstrapServers(), "deleted", 3);
        try (AgentRun run = run(kafka.bootstrapServers(), "deleted")
                .with("topic.create", "false")
                .start()) {
            Storm.Made before = AgentRun.storm(Duration.ofSeconds(2)).await(WAIT);
            run.awaitDrained();
            SequenceAudit first = SequenceAudit.of(kafka.bootstrapServers(), "deleted");
            try (Admin admin = admin(kafka)) {
                admin.deleteTopics(Set.of("deleted")).all().get();
            }
            Storm.Made after = AgentRun.storm(Duration.ofSeconds(2)).await(WAIT);
            assertThat(run.awaitTold(Part.TOPIC).reason()).contains("'deleted'", "topic.create=true");
            Topics.create(kafka.bootstrapServers(), "deleted", 3);
            run.awaitWorking(Part.TOPIC);
            run.agent().close();
            SequenceAudit second = SequenceAudit.of(kafka.bootstrapServers(), "deleted");

            long deaths = before.deaths() + after.deaths();
            long read = first.victims() + second.victims();
            FaultTable.add(
                    "topic deleted (deaths only)",
                    deaths,
                    read,
                    first.duplicates() + second.duplicates(),
                    first.counted() + second.counted(),
                    deaths - read,
                    "topic");
            assertThat(first.victims()).isEqualTo(before.deaths());
            assertThat(second.victims()).isEqualTo(after.deaths());
        }
    }

    @Test
    @Tag("long")
    void leadersMove() throws Exception {
        try (EmbeddedKafka three = EmbeddedKafka.builder().brokers(3).start();
                AgentRun run = run(three.bootstrapServers(), "t")
                        .with("topic.replication.factor", "3")
                        .start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(20))) {
            run.awaitPublished(1_000);
            // It may be over before a broker has ended.
            CompletableFuture<String> told = CompletableFuture.supplyAsync(() -> run.told(Part.KAFKA));
            for (int broker = 0; broker < 3; broker++) {
                three.stop(broker);
                Thread.sleep(1_000);
                three.start(broker);
                Thread.sleep(1_000);
            }
            assertThat(run.metric("runtime_publish_retries_total")).isPositive();
            assertThat(told.get(90, TimeUnit.SECONDS)).contains("Kafka");
            Storm.Made made = storm.await(WAIT);
            run.awaitWorking(Part.KAFKA);
            run.finish("leaders moved, each broker once", made.deaths());
        }
    }

    /** A key goes to another partition from then on: only completeness is required. */
    @Test
    @Tag("long")
    void partitionsAdded() throws Exception {
        try (Admin admin = admin(kafka);
                AgentRun run = run(kafka.bootstrapServers(), "grown")
                        .with("topic.partitions", "3")
                        .with("kafka.metadata.max.age.ms", "500") // how soon the producer sees them
                        .start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(5))) {
            run.awaitPublished(1_000);
            admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(7)))
                    .all()
                    .get();
            run.awaitTold("topic 'grown' had 3 partitions and has 7", "runtime_topic_partitions", 7);
            Storm.Made made = storm.await(WAIT);
            SequenceAudit audit = run.audit("partitions added");
            assertThat(audit.missing()).isZero();
            assertThat(audit.victims()).isEqualTo(made.deaths());
        }
    }

    @Test
    @Tag("long")
    void recordTooLarge() throws Exception {
        Topics.create(
                kafka.bootstrapServers(),
                new NewTopic("narrow", 3, (short) 1).configs(Map.of("max.message.bytes", "3000")));
        try (AgentRun run = run(kafka.bootstrapServers(), "narrow")
                        .with("exec.args", "full")
                        .with("exec.args.max.bytes", "4096")
                        .start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(2))) {
            assertThat(new ProcessBuilder("true", random(3_900)).start().waitFor())
                    .isZero();
            Storm.Made made = storm.await(WAIT);
            run.awaitTold("put aside a PROCESS_EXEC event", "runtime_publish_errors_total{reason=\"oversize\"}", 1);
            SequenceAudit audit = run.finish("record too large", made.deaths());
            assertThat(audit.counted()).isPositive();
            try (DataFileReader<ProcessSignalEvent> kept = new DataFileReader<>(
                    folder.resolve("spool/oversize.avro").toFile(),
                    new SpecificDatumReader<>(ProcessSignalEvent.class))) {
                assertThat(kept.next().getExecInfo().getArguments().toString()).hasSizeGreaterThan(3_000);
            }
        }
    }

    @Test
    void diskFullAndFreed() throws Exception {
        try (Tmpfs disk = new Tmpfs(folder.resolve("disk"), "2m");
                EmbeddedKafka absent = EmbeddedKafka.builder().create();
                AgentRun run = run(absent.bootstrapServers(), "t")
                        .with("spool.dir", disk.path().resolve("spool").toString())
                        .with("spool.segment.bytes", "262144")
                        .start()) {
            Path ballast = Files.write(disk.path().resolve("ballast"), new byte[1_400 << 10]);
            try (Storm storm = AgentRun.storm(Duration.ofSeconds(3))) {
                assertThat(run.awaitTold(Part.SPOOL).reason()).contains("No space left");
                Files.delete(ballast);
                run.awaitWorking(Part.SPOOL);
                absent.start();
                Storm.Made made = storm.await(WAIT);
                run.finish("disk full and freed", made.deaths());
            }
        }
    }

    @Test
    @Tag("long")
    void spoolFolderBecomesReadOnly() throws Exception {
        Path spool = folder.resolve("spool");
        // Half a segment's worth of deaths is kept in memory: some seconds' worth
        try (AgentRun run = run(kafka.bootstrapServers(), "readonly")
                        .with("spool.segment.bytes", "1048576")
                        .start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(4))) {
            run.awaitPublished(1_000);
            // What is open stays writable: it is the next segment that cannot be made.
            Path readOnly = Files.createDirectory(folder.resolve("read-only"));
            Command.run("mount", "--bind", spool.toString(), readOnly.toString());
            Command.run("mount", "-o", "remount,bind,ro", readOnly.toString());
            Command.run("mount", "--bind", readOnly.toString(), spool.toString());
            try {
                assertThat(run.awaitTold(Part.SPOOL).reason()).contains("Read-only");
            } finally {
                Command.run("umount", "--lazy", spool.toString());
                Command.run("umount", "--lazy", readOnly.toString());
            }
            run.awaitWorking(Part.SPOOL);
            Storm.Made made = storm.await(WAIT);
            run.finish("spool folder read-only, then not", made.deaths());
        }
    }

    @Test
    @Tag("long")
    void registryDownAndBack() throws Exception {
        try (EmbeddedRegistry late = EmbeddedRegistry.create(0);
                AgentRun run = AgentRun.with(folder, kafka.bootstrapServers(), late.url(), "registry")
                        .start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(2))) {
            assertThat(run.awaitTold(Part.REGISTRY).reason()).contains(late.url());
            late.start();
            run.awaitWorking(Part.REGISTRY);
            late.stop(); // its id is known
            Storm.Made made = storm.await(WAIT);
            run.finish("registry down and back", made.deaths());
        }
    }

    @Test
    @Tag("long")
    void schemaRefused() throws Exception {
        try (EmbeddedRegistry strict = EmbeddedRegistry.startTemporary()) {
            call(strict, "PUT", "/config/refused-value", "{\"compatibility\":\"FULL\"}");
            call(
                    strict,
                    "POST",
                    "/subjects/refused-value/versions",
                    "{\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"ProcessSignalEvent\\\","
                            + "\\\"namespace\\\":\\\"io.processsignals.events\\\",\\\"fields\\\":"
                            + "[{\\\"name\\\":\\\"node\\\",\\\"type\\\":\\\"int\\\"}]}\"}");
            try (AgentRun run = AgentRun.with(folder, kafka.bootstrapServers(), strict.url(), "refused")
                            .start();
                    Storm storm = AgentRun.storm(Duration.ofSeconds(2))) {
                assertThat(run.awaitTold(Part.REGISTRY).reason()).contains("refused-value", "incompatible");
                Storm.Made made = storm.await(WAIT);
                call(strict, "PUT", "/config/refused-value", "{\"compatibility\":\"NONE\"}");
                run.awaitWorking(Part.REGISTRY);
                run.finish("schema refused, then accepted", made.deaths());
            }
        }
    }

    @Test
    void spoolCorruptAndTorn() throws Exception {
        try (EmbeddedKafka late = EmbeddedKafka.builder().create()) {
            long deaths;
            try (AgentRun first = run(late.bootstrapServers(), "t")
                    .with("spool.segment.bytes", "131072")
                    .with("shutdown.timeout.ms", "0")
                    .start()) {
                deaths = AgentRun.storm(Duration.ofSeconds(2)).await(WAIT).deaths();
                assertThat(first.agent().isCapturing()).isTrue();
            }
            List<Path> segments = segments();
            flipInTheMiddle(segments.get(segments.size() / 2));
            tear(segments.get(segments.size() - 1));
            late.start();
            try (AgentRun second = run(late.bootstrapServers(), "t").start()) {
                second.awaitDrained();
                second.awaitTold(": skipped ", "runtime_spool_damaged_bytes_total", 1);
                SequenceAudit audit = second.audit("spool corrupt and torn (two segments)");
                assertThat(audit.victims()).isBetween(deaths * 8 / 10, deaths);
                assertThat(audit.missing())
                        .as("neither delivered nor told, but for the record that was torn")
                        .isLessThanOrEqualTo(1);
                assertThat(audit.outOfOrder()).isZero();
            }
        }
    }

    @Test
    @Tag("long")
    void twoAgentsOnOneSpool() throws Exception {
        try (AgentRun run = run(kafka.bootstrapServers(), "twice").start();
                Storm storm = AgentRun.storm(Duration.ofSeconds(1))) {
            try (AgentProcess second = AgentProcess.start(
                    folder,
                    List.of(),
                    "run",
                    "--config",
                    run.writeConfig(folder.resolve("second.properties")).toString())) {
                assertThat(second.exitCode()).isEqualTo(ExitCodes.CANNOT_RUN);
                assertThat(second.err().lines().filter(line -> line.contains("in use by process")))
                        .singleElement()
                        .asString()
                        .contains(Long.toString(ProcessHandle.current().pid()), "stop it, or configure another");
                assertThat(second.err()).doesNotContain("\tat ");
            }
            run.addTold("the second's exit code and last line");
            Storm.Made made = storm.await(WAIT);
            run.finish("two agents on one spool", made.deaths());
        }
    }

    private AgentRun.Builder run(String bootstrapServers, String topic) {
        return AgentRun.with(folder, bootstrapServers, registry.url(), topic);
    }

    private List<Path> segments() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .toList();
        }
    }

    private static void flipInTheMiddle(Path segment) throws Exception {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            long middle = file.size() / 2;
            file.read(one, middle);
            one.put(0, (byte) ~one.get(0)).rewind();
            file.write(one, middle);
        }
    }

    private static void tear(Path segment) throws Exception {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 7);
        }
    }

    private static Admin admin(EmbeddedKafka of) {
        return Admin.create(Map.of("bootstrap.servers", of.bootstrapServers()));
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String random(int length) {
        StringBuilder text = new StringBuilder(length);
        new java.util.Random(length).ints(length, 'A', 'z').forEach(c -> text.append((char) c));
        return text.toString();
    }

    private static void call(EmbeddedRegistry to, String method, String path, String body) throws Exception {
        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(to.url() + path))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    /** A small disk of its own. */
    private record Tmpfs(Path path) implements AutoCloseable {
        Tmpfs(Path path, String size) throws IOException {
            this(Files.createDirectory(path));
            Command.run("mount", "-t", "tmpfs", "-o", "mode=755,size=" + size, "faults", path.toString());
        }

        @Override
        public void close() throws IOException {
            Command.run("umount", path.toString());
        }
    }
}
