// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.common.spool.SpoolException;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.events.EventType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the spool gives the agent: events outlive it, and outlive Kafka's absence. Needs root and BTF. */
class AgentSpoolIT {
    private static final String TOPIC = "spooled";

    private static EmbeddedKafka kafka;
    private static EmbeddedRegistry registry;

    @TempDir
    private Path folder;

    @BeforeAll
    static void startServers() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        registry = EmbeddedRegistry.startTemporary();
    }

    @AfterAll
    static void stopServers() throws Exception {
        registry.close();
        kafka.close();
    }

    @Test
    void aDeathSeenWithoutKafkaIsPublishedByTheNextAgent() throws Exception {
        long victim;
        Map<String, String> alone = properties();
        alone.put("kafka.bootstrap.servers", "127.0.0.1:1");
        alone.put("shutdown.timeout.ms", "0");
        try (Agent agent = new Agent(AgentConfig.of(alone))) {
            agent.start();
            Process process = new ProcessBuilder("sleep", "300").start();
            victim = process.pid();
            process.destroyForcibly().waitFor();
        }

        try (Agent agent = new Agent(AgentConfig.of(properties()));
                TopicContent topic = new TopicContent(kafka.bootstrapServers(), TOPIC)) {
            agent.start();
            List<TopicContent.Read> read =
                    topic.until(event -> event.getTgid() == victim && event.getEventType() == EventType.PROCESS_EXIT);

            assertThat(read)
                    .extracting(TopicContent.Read::event)
                    .filteredOn(event -> event.getTgid() == victim && event.getEventType() == EventType.PROCESS_EXIT)
                    .singleElement()
                    .satisfies(exit -> {
                        assertThat(exit.getExitInfo().getSignal()).isEqualTo(9);
                        assertThat(exit.getExitInfo().getCause().getSenderPid())
                                .isEqualTo((int) ProcessHandle.current().pid());
                    });
        }
    }

    @Test
    void aSecondAgentOnTheSameSpoolIsRefused() throws Exception {
        try (Agent first = new Agent(AgentConfig.of(properties()));
                Agent second = new Agent(AgentConfig.of(properties()))) {
            first.start();

            assertThatThrownBy(second::start)
                    .isInstanceOf(SpoolException.class)
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid());
            assertThat(first.isCapturing()).isTrue();
        }
    }

    @Test
    void aSpoolThatCannotBeUsedIsNamedAndMemoryHasToDo() throws Exception {
        Map<String, String> properties = properties();
        properties.put("spool.dir", Files.createFile(folder.resolve("file")).toString());
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();

            assertThat(agent.isCapturing()).isTrue();
            assertThat(agent.health().problem(Part.SPOOL).reason()).contains("file", "in memory only");
        }
    }

    private Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        properties.put("node.name", "node-1");
        properties.put("kafka.bootstrap.servers", kafka.bootstrapServers());
        properties.put("registry.url", registry.url());
        properties.put("metrics.port", "0");
        properties.put("topic.create", "true");
        properties.put("topic.replication.factor", "1");
        properties.put("topic.name", TOPIC);
        properties.put("spool.dir", folder.resolve("spool").toString());
        return properties;
    }
}
