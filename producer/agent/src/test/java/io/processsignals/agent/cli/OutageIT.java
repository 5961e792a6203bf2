// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.faults.BareProducer;
import io.processsignals.agent.faults.Command;
import io.processsignals.agent.faults.FaultTable;
import io.processsignals.agent.faults.SequenceAudit;
import io.processsignals.agent.faults.Storm;
import io.processsignals.agent.registry.RegistryServer;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten minutes without a broker at 5 000 events a second. Needs root and BTF. */
@Tag("long")
class OutageIT {
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("faults.outage.seconds", 600));
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final String TOPIC = "outage";

    /** What the backlog of ten minutes may add to the heap: nothing but noise. */
    private static final long HEAP_NOISE_BYTES = 4L << 20;

    private static final double DRAIN_RATIO = 0.7;

    @TempDir
    private Path folder;

    private AgentProcess agent;

    @Test
    void nothingIsLostAndTheBacklogDrainsFast() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.startTemporary();
                RegistryServer registry = RegistryServer.start(request -> Response.of(200, "{\"id\":1}"))) {
            agent = AgentProcess.start(
                    folder,
                    List.of(),
                    "run",
                    "--config",
                    config(kafka, registry).toString());
            await().atMost(PATIENCE).until(() -> agent.err().contains("kernel hooks are attached"));
            try (Storm storm = Storm.start(5_000, 50, OUTAGE.plusMinutes(5))) {
                await().atMost(PATIENCE).until(() -> agent.metric("runtime_publish_records_total") > 20_000);
                kafka.stop();
                await().atMost(PATIENCE).until(() -> agent.metric("runtime_degraded{part=\"kafka\"}") == 1);
                long heapBefore = heapAfterCollection();
                Thread.sleep(OUTAGE.toMillis());
                long heapAfter = heapAfterCollection();
                Storm.Made made = storm.stop();

                double published = agent.metric("runtime_publish_records_total");
                double backlogBytes = agent.metric("runtime_spool_bytes");
                kafka.start();
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> agent.metric("runtime_publish_records_total") > published);
                double begun = agent.metric("runtime_publish_records_total");
                long start = System.nanoTime();
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(500)) // each scrape reads the spool up to its oldest event
                        .until(() -> agent.metric("runtime_spool_bytes") < backlogBytes / 1_000);
                long drained = (long) (agent.metric("runtime_publish_records_total") - begun);
                double rate = drained / ((System.nanoTime() - start) / 1e9);
                agent.process().destroy();
                assertThat(agent.exitCode()).as(agent.err()).isZero();

                SequenceAudit audit = SequenceAudit.of(kafka.bootstrapServers(), TOPIC);
                FaultTable.add("broker down for " + OUTAGE.toSeconds() + " s at 5 000 events/s", audit, "kafka");
                double bare = bareRate(kafka, Math.min(drained, 500_000));
                System.out.printf(
                        "backlog %.0f MB, drained at %.0f records/s, a bare producer writes %.0f/s: ratio %.2f;"
                                + " heap in use %.1f MB, after the outage %.1f MB%n",
                        backlogBytes / 1e6, rate, bare, rate / bare, heapBefore / 1e6, heapAfter / 1e6);
                assertThat(audit.missing()).isZero();
                assertThat(audit.outOfOrder()).isZero();
                assertThat(audit.victims()).isEqualTo(made.deaths());
                assertThat(audit.counted())
                        .as("lost because the capture paused")
                        .isZero();
                assertThat(heapAfter - heapBefore).isLessThan(HEAP_NOISE_BYTES);
                assertThat(rate / bare).isGreaterThanOrEqualTo(DRAIN_RATIO);
            } finally {
                agent.close();
            }
        }
    }

    /** Bytes of the heap that are in use when no garbage is. */
    private long heapAfterCollection() throws Exception {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Command.run(jcmd.toString(), Long.toString(agent.process().pid()), "GC.run");
        return (long) agent.metric("jvm_memory_used_bytes{area=\"heap\"");
    }

    private static double bareRate(EmbeddedKafka kafka, long records) throws Exception {
        Topics.create(kafka.bootstrapServers(), "bare", 12);
        Process bare = new ProcessBuilder(AgentProcess.java(
                        BareProducer.class.getName(), kafka.bootstrapServers(), TOPIC, "bare", Long.toString(records)))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(bare.getInputStream().readAllBytes(), UTF_8);
        assertThat(bare.waitFor()).as(out).isZero();
        return Double.parseDouble(
                out.substring(out.lastIndexOf("rate=") + "rate=".length()).strip());
    }

    private Path config(EmbeddedKafka kafka, RegistryServer registry) throws Exception {
        return Files.writeString(
                folder.resolve("agent.properties"),
                String.join(
                        "\n",
                        "node.name=node-1",
                        "kafka.bootstrap.servers=" + kafka.bootstrapServers(),
                        "registry.url=" + registry.url(),
                        "topic.name=" + TOPIC,
                        "topic.create=true",
                        "topic.replication.factor=1",
                        "metrics.port=0",
                        "shutdown.timeout.ms=240000",
                        "rate.limit.events=0",
                        "ebpf.ring.bytes=2097152",
                        "spool.max.bytes=4294967296",
                        "spool.dir=" + folder.resolve("spool")));
    }
}
