// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.faults.FaultTable;
import io.processsignals.agent.faults.LogLines;
import io.processsignals.agent.faults.Metrics;
import io.processsignals.agent.faults.SequenceAudit;
import io.processsignals.agent.faults.Storm;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.metrics.AgentHealth.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One agent through one fault, and what became of the events. */
final class AgentRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Map<String, String> properties = new HashMap<>();
    private final String bootstrapServers;
    private final String topic;
    private final LogLines log = LogLines.open();
    private final Agent agent;
    private String told = "";

    private AgentRun(Builder builder) throws Exception {
        this.bootstrapServers = builder.properties.get("kafka.bootstrap.servers");
        this.topic = builder.properties.get("topic.name");
        this.properties.putAll(builder.properties);
        this.agent = new Agent(AgentConfig.of(properties));
        boolean started = false;
        try {
            agent.start();
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    static Builder with(Path folder, String bootstrapServers, String registryUrl, String topic) {
        return new Builder(folder, bootstrapServers, registryUrl, topic);
    }

    Agent agent() {
        return agent;
    }

    /** Waits until health, log and metrics say that the part does not work; a reason of one line, and since when. */
    Problem awaitTold(Part part) throws Exception {
        await().atMost(PATIENCE).until(() -> agent.health().isDegraded(part));
        Optional<Problem> problem = Optional.ofNullable(agent.health().problem(part));
        assertThat(problem).hasValueSatisfying(one -> {
            assertThat(one.reason()).isNotBlank().doesNotContain("\n");
            assertThat(one.since()).isBeforeOrEqualTo(Instant.now());
        });
        String label = part.name().toLowerCase(Locale.ROOT);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(metrics())
                        .contains("runtime_degraded{part=\"" + label + "\"} 1.0")
                        .doesNotContain("runtime_degraded_since_seconds{part=\"" + label + "\"} 0.0"));
        awaitLogged(label + ": " + problem.orElseThrow().reason());
        addTold(label);
        return problem.orElseThrow();
    }

    /** Waits until the log has a line that contains this, and the metric is so much at least. */
    void awaitTold(String line, String metric, double atLeast) {
        awaitLogged(line);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(metric(metric)).isGreaterThanOrEqualTo(atLeast));
        addTold(metric.replaceFirst("^runtime_", ""));
    }

    private void awaitLogged(String line) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(log.lines())
                        .anySatisfy(logged -> assertThat(logged).contains(line).doesNotContain("\n")));
    }

    /** What else was seen to tell of the fault. */
    void addTold(String what) {
        told += (told.isEmpty() ? "" : ", ") + what;
    }

    /** The configuration as a file. */
    Path writeConfig(Path file) throws IOException {
        return Files.write(
                file,
                properties.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList());
    }

    /** The reason that {@link #awaitTold} waits for, on whichever thread. */
    String told(Part part) {
        try {
            return awaitTold(part).reason();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void awaitWorking(Part part) {
        await().atMost(PATIENCE).until(() -> !agent.health().isDegraded(part));
    }

    /** Waits until Kafka has acknowledged so many records at least. */
    void awaitPublished(long records) {
        await().atMost(PATIENCE).until(() -> metric("runtime_publish_records_total") >= records);
    }

    void awaitDrained() {
        await().atMost(PATIENCE).until(() -> metric("runtime_spool_bytes") == 0);
    }

    /** The sum of the metric over its labels. */
    double metric(String name) throws Exception {
        return Metrics.sum(metrics(), name);
    }

    String metrics() throws Exception {
        InetSocketAddress address = agent.awaitMetrics(PATIENCE).orElseThrow();
        return Metrics.text(URI.create("http://127.0.0.1:" + address.getPort() + "/metrics"));
    }

    /**
     * Ends the agent when Kafka has everything, adds the fault's line to the table, and expects that nothing is
     * missing.
     */
    SequenceAudit finish(String fault, long deaths) {
        SequenceAudit audit = audit(fault);
        assertThat(audit.missing()).as("neither delivered nor counted").isZero();
        assertThat(audit.outOfOrder()).as("out of order within their key").isZero();
        assertThat(audit.victims()).as("deaths; told as lost: %s", audit.told()).isEqualTo(deaths);
        assertThat(audit.lostDeaths()).isZero();
        return audit;
    }

    /** {@link #finish} without the expectations. */
    SequenceAudit audit(String fault) {
        agent.close();
        SequenceAudit audit = SequenceAudit.of(bootstrapServers, topic);
        FaultTable.add(fault, audit, told);
        return audit;
    }

    static Storm storm(Duration length) throws Exception {
        return Storm.start(3_000, 100, length);
    }

    @Override
    public void close() {
        agent.close();
        log.close();
    }

    static final class Builder {
        private final Map<String, String> properties = new HashMap<>();

        private Builder(Path folder, String bootstrapServers, String registryUrl, String topic) {
            properties.put("node.name", "node-1");
            properties.put("kafka.bootstrap.servers", bootstrapServers);
            properties.put("registry.url", registryUrl);
            properties.put("metrics.port", "0");
            properties.put("topic.name", topic);
            properties.put("topic.create", "true");
            properties.put("topic.replication.factor", "1");
            properties.put("spool.dir", folder.resolve("spool").toString());
            properties.put("rate.limit.events", "0");
            properties.put("ebpf.ring.bytes", "8388608");
            properties.put("shutdown.timeout.ms", "60000");
        }

        Builder with(String key, String value) {
            properties.put(key, value);
            return this;
        }

        AgentRun start() throws Exception {
            return new AgentRun(this);
        }
    }
}
