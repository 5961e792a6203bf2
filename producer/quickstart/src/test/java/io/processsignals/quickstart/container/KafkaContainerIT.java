// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.Agent;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventDecoder;
import io.processsignals.postmortem.source.RegistryClient;
import io.processsignals.postmortem.source.TopicAddress;
import io.processsignals.postmortem.source.TopicReader;
import io.processsignals.quickstart.TopicEvents;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** From a real kernel to a broker in a container of its own, and back. The property kafka.image names another image. */
class KafkaContainerIT {
    private static final DockerImageName IMAGE = DockerImageName.parse(
                    System.getProperty("kafka.image", "apache/kafka:4.1.1"))
            .asCompatibleSubstituteFor("apache/kafka");

    @TempDir
    private Path spool;

    @Test
    void aDeathReachesTheBrokerInItsContainer() throws Exception {
        try (KafkaContainer kafka = new KafkaContainer(IMAGE);
                EmbeddedRegistry registry = EmbeddedRegistry.startTemporary()) {
            kafka.start();
            Topics.create(kafka.getBootstrapServers(), TopicAddress.DEFAULT_TOPIC, 12);
            Map<String, String> properties = new HashMap<>();
            properties.put(AgentConfig.KAFKA_BOOTSTRAP_SERVERS_CONFIG, kafka.getBootstrapServers());
            properties.put(AgentConfig.REGISTRY_URL_CONFIG, registry.url());
            properties.put(AgentConfig.EBPF_REQUIRED_CONFIG, "true");
            properties.put(AgentConfig.METRICS_ENABLED_CONFIG, "false");
            properties.put(AgentConfig.SPOOL_DIR_CONFIG, spool.toString());
            try (Agent agent = new Agent(AgentConfig.of(properties))) {
                agent.start();
                Process shell = new ProcessBuilder("sh", "-c", "kill -TERM $$").start();
                try (TopicEvents events = new TopicEvents(read(kafka, registry))) {
                    ProcessSignalEvent exit = events.awaitExit(shell.pid());
                    assertThat(exit.getExitInfo().getCode()).isEqualTo(143);
                    assertThat(exit.getExitInfo().getCause().getSenderPid().longValue())
                            .isEqualTo(shell.pid());
                    assertThat(events.about(shell.pid(), EventType.SIGNAL_SENT)).hasSize(1);
                }
            }
        }
    }

    private static TopicReader read(KafkaContainer kafka, EmbeddedRegistry registry) throws Exception {
        return TopicReader.open(
                new TopicAddress(kafka.getBootstrapServers(), TopicAddress.DEFAULT_TOPIC, Map.of()),
                new EventDecoder(new RegistryClient(registry.url(), Map.of())),
                true);
    }
}
