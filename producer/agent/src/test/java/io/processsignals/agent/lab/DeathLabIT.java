// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.Agent;
import io.processsignals.agent.TopicContent;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every kind of death that the lab knows, from the running kernel through the agent and Kafka, compared field by field
 * with what wait4(2) said. Needs root and BTF.
 *
 * <p>{@code -Ddeathlab.repeats=25 -Ddeathlab.parallel=8}: more often, several labs at once, in random order.
 */
@Timeout(3600)
class DeathLabIT {
    private static final int REPEATS = Integer.getInteger("deathlab.repeats", 1);
    private static final int PARALLEL = Integer.getInteger("deathlab.parallel", 1);
    private static final int SEED = Integer.getInteger("deathlab.seed", 0);
    private static final Path TABLE = Path.of("target/deathlab/deaths.txt");
    private static final String TOPIC = "process-signals.events.v1";

    @Test
    void everyDeathIsAttributedRightOrLeftOpen() throws Exception {
        Path program = DeathLab.build();
        List<DeathLab> labs = new ArrayList<>();
        List<LabReport> reports = new ArrayList<>();
        List<ProcessSignalEvent> events;
        try (EmbeddedKafka kafka = EmbeddedKafka.startTemporary();
                EmbeddedRegistry registry = EmbeddedRegistry.startTemporary()) {
            for (int i = 0; i < PARALLEL; i++) {
                labs.add(DeathLab.start(program, i, options(i)));
            }
            try (Agent agent = new Agent(AgentConfig.of(Map.of(
                    AgentConfig.KAFKA_BOOTSTRAP_SERVERS_CONFIG,
                    kafka.bootstrapServers(),
                    AgentConfig.REGISTRY_URL_CONFIG,
                    registry.url(),
                    AgentConfig.TOPIC_CREATE_CONFIG,
                    "true",
                    AgentConfig.TOPIC_REPLICATION_FACTOR_CONFIG,
                    "1",
                    AgentConfig.SHUTDOWN_TIMEOUT_MS_CONFIG,
                    "60000",
                    AgentConfig.EBPF_REQUIRED_CONFIG,
                    "true",
                    AgentConfig.METRICS_ENABLED_CONFIG,
                    "false")))) {
                agent.start();
                assertThat(agent.hooks()).filteredOn(HookStatus::mandatory).allMatch(HookStatus::attached);
                for (DeathLab lab : labs) {
                    lab.begin();
                }
                for (DeathLab lab : labs) {
                    reports.addAll(lab.reports());
                }
            } // which publishes what it has captured
            events = read(kafka.bootstrapServers());
        } finally {
            labs.forEach(DeathLab::close);
        }
        VerdictTable table = VerdictTable.of(reports, events, KernelEvidence.ofThisMachine());
        Files.writeString(TABLE, table.toText());
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(table.toText());
        // For the reader of a failure: what the agent itself says that it missed
        events.stream()
                .filter(event -> event.getEventType() == EventType.EVENTS_LOST)
                .forEach(event -> out.println("lost: " + event.getLostInfo()));

        assertThat(table.judged()).as("kinds of death").isGreaterThanOrEqualTo(40);
        assertThat(table.wrong()).isEmpty();
    }

    private static List<String> options(int lab) {
        int rounds = (REPEATS + PARALLEL - 1) / PARALLEL;
        return rounds == 1 && PARALLEL == 1
                ? List.of()
                : List.of("--repeat", String.valueOf(rounds), "--seed", String.valueOf(SEED + lab));
    }

    private static List<ProcessSignalEvent> read(String bootstrapServers) throws Exception {
        try (TopicContent topic = new TopicContent(bootstrapServers, TOPIC)) {
            return topic.toEnd().stream().map(TopicContent.Read::event).toList();
        }
    }
}
