// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.config.ConfigurationException;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Loopback;
import io.processsignals.embedded.Topics;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** Real deaths, a real broker, a real registry. Needs root and BTF. */
@Timeout(120)
class AgentIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static EmbeddedKafka kafka;
    private static EmbeddedRegistry registry;

    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void startServers() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        registry = EmbeddedRegistry.startTemporary();
    }

    @AfterAll
    static void stopServers() throws Exception {
        kafka.close();
        registry.close();
    }

    @Test
    void aDeathReachesTheTopicInOrderUnderOneKey(TestInfo test) throws Exception {
        Map<String, String> properties = properties(test);
        properties.put("cluster.name", "test-cluster");
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();
            Process victim = killed();

            List<TopicContent.Read> records = readUntilExitOf(victim, properties);
            List<TopicContent.Read> ofVictim = records.stream()
                    .filter(record -> record.event().getTgid() == victim.pid())
                    .toList();

            assertThat(ofVictim)
                    .extracting(record -> record.event().getEventType())
                    .contains(EventType.PROCESS_EXEC, EventType.SIGNAL_SENT)
                    .doesNotContain(EventType.PROCESS_RUNNING)
                    .endsWith(EventType.PROCESS_EXIT);
            assertThat(ofVictim).extracting(TopicContent.Read::key).containsOnly("node-1/" + victim.pid());
            assertThat(ofVictim)
                    .extracting(TopicContent.Read::partition)
                    .containsOnly(ofVictim.get(0).partition());
            assertThat(ofVictim)
                    .allMatch(record ->
                            record.timestamp() == record.event().getTimestamp().toEpochMilli());
            ProcessSignalEvent exit = ofVictim.get(ofVictim.size() - 1).event();
            assertThat(exit.getCluster()).isEqualTo("test-cluster");
            assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
            assertThat(exit.getExitInfo().getCause().getSenderPid())
                    .isEqualTo((int) ProcessHandle.current().pid());

            InetSocketAddress metrics = agent.awaitMetrics(SOON).orElseThrow();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(get(metrics, "/metrics").body())
                            .containsPattern("runtime_process_exits_total\\{exit_code=\"137\"} [1-9]")
                            .containsPattern(
                                    "runtime_signals_sent_total\\{sender=\"(host|same_container|other)\",signal=\"SIGKILL\"} [1-9]")
                            .containsPattern("runtime_publish_records_total [1-9]")
                            .contains("runtime_probe_attached{hook=\"process_exit\"} 1.0")
                            .contains("runtime_degraded{part=\"kafka\"} 0.0"));
            assertThat(get(metrics, "/readyz").body()).isEqualTo("ready\n");
            assertThat(agent.hooks()).filteredOn(HookStatus::mandatory).allMatch(HookStatus::attached);
        }
    }

    @Test
    void closingPublishesWhatWasCaptured(TestInfo test) throws Exception {
        Map<String, String> properties = properties(test);
        Process victim;
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();
            victim = killed();
        }

        assertThat(readUntilExitOf(victim, properties)).isNotEmpty();
    }

    @Test
    void brokerThatIsDownAtTheStartChangesOnlyWhenEventsArrive(TestInfo test) throws Exception {
        try (EmbeddedKafka late = EmbeddedKafka.builder().create()) {
            Map<String, String> properties = properties(test);
            properties.put("kafka.bootstrap.servers", late.bootstrapServers());
            try (Agent agent = new Agent(AgentConfig.of(properties))) {
                agent.start();
                Process victim = killed();

                InetSocketAddress metrics = agent.awaitMetrics(SOON).orElseThrow();
                await().atMost(SOON).until(() -> agent.health().isDegraded(Part.KAFKA));
                HttpResponse<String> ready = get(metrics, "/readyz");
                assertThat(ready.statusCode()).isEqualTo(200);
                assertThat(ready.body()).contains("degraded: kafka since").contains(late.bootstrapServers());
                assertThat(get(metrics, "/metrics").body())
                        .contains("runtime_degraded{part=\"kafka\"} 1.0")
                        .containsPattern("runtime_publish_errors_total\\{reason=\"retriable\"} [1-9]")
                        .containsPattern("runtime_spool_bytes [1-9]");

                late.start();

                await().atMost(SOON).until(() -> !agent.health().isDegraded(Part.KAFKA));
                assertThat(readUntilExitOf(victim, properties)).isNotEmpty();
            }
        }
    }

    @Test
    void registryThatIsDownAtTheStart(TestInfo test) throws Exception {
        try (EmbeddedRegistry late = EmbeddedRegistry.create(Loopback.freePort())) {
            Map<String, String> properties = properties(test);
            properties.put("registry.url", late.url());
            try (Agent agent = new Agent(AgentConfig.of(properties))) {
                agent.start();
                Process victim = killed();

                await().atMost(SOON).until(() -> agent.health().isDegraded(Part.REGISTRY));
                InetSocketAddress metrics = agent.awaitMetrics(SOON).orElseThrow();
                assertThat(get(metrics, "/readyz").statusCode()).isEqualTo(200);
                assertThat(get(metrics, "/readyz").body())
                        .contains("degraded: registry")
                        .contains(late.url());

                late.start();

                assertThat(readUntilExitOf(victim, properties)).isNotEmpty();
                assertThat(agent.health().isDegraded(Part.REGISTRY)).isFalse();
            }
        }
    }

    @Test
    void topicThatDoesNotExist(TestInfo test) throws Exception {
        Map<String, String> properties = properties(test);
        properties.put("topic.create", "false");
        String topic = properties.get("topic.name");
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();
            Process victim = killed();

            await().atMost(SOON).until(() -> agent.health().isDegraded(Part.TOPIC));
            assertThat(agent.health().problem(Part.TOPIC).reason())
                    .contains("topic '" + topic + "' does not exist")
                    .contains("topic.create=true");

            Topics.create(kafka.bootstrapServers(), topic, 3);

            assertThat(readUntilExitOf(victim, properties)).isNotEmpty();
        }
    }

    @Test
    void portInUseIsNamedAndTriedAgain(TestInfo test) throws Exception {
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Map<String, String> properties = properties(test);
        properties.put("metrics.port", Integer.toString(other.getLocalPort()));
        try (other;
                Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();

            await().atMost(SOON).until(() -> agent.health().isDegraded(Part.METRICS));
            assertThat(agent.health().problem(Part.METRICS).reason())
                    .contains("127.0.0.1:" + other.getLocalPort())
                    .contains("set metrics.port");
            assertThat(agent.isCapturing()).isTrue();

            other.close();

            assertThat(agent.awaitMetrics(SOON)).isPresent();
            assertThat(agent.health().isDegraded(Part.METRICS)).isFalse();
        }
    }

    @Test
    void switchedOffItStaysUpAndSaysSo(TestInfo test) throws Exception {
        Map<String, String> properties = properties(test);
        properties.put("ebpf.enabled", "false");
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();

            InetSocketAddress metrics = agent.awaitMetrics(SOON).orElseThrow();
            assertThat(agent.isCapturing()).isFalse();
            assertThat(agent.hooks()).isEmpty();
            assertThat(get(metrics, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(metrics, "/readyz").body())
                    .startsWith("ready\n")
                    .contains("degraded: capture")
                    .contains("nothing is observed: ebpf.enabled=false");
        }
    }

    @Test
    void withoutKafkaThereIsNothingToWriteTo() {
        assertThatThrownBy(() -> new Agent(AgentConfig.of(Map.of())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("kafka.bootstrap.servers is not set");
    }

    @Test
    void serializerThatIsNotThereIsOneLine(TestInfo test) {
        Map<String, String> properties = properties(test);
        properties.put("value.serializer", "no.such.Serializer");
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            assertThatThrownBy(agent::start)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("plugin.path is not set");
        }
    }

    private static Map<String, String> properties(TestInfo test) {
        Map<String, String> properties = new HashMap<>();
        properties.put("node.name", "node-1");
        properties.put("kafka.bootstrap.servers", kafka.bootstrapServers());
        properties.put("registry.url", registry.url());
        properties.put("metrics.port", "0");
        properties.put("topic.create", "true");
        properties.put("topic.replication.factor", "1");
        properties.put("topic.partitions", "3");
        properties.put("spool.enabled", "false");
        properties.put("topic.name", test.getTestMethod().orElseThrow().getName());
        return properties;
    }

    private static Process killed() throws Exception {
        Process victim = new ProcessBuilder("sleep", "300").start();
        victim.destroyForcibly();
        assertThat(victim.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return victim;
    }

    private static List<TopicContent.Read> readUntilExitOf(Process victim, Map<String, String> properties)
            throws Exception {
        try (TopicContent topic =
                new TopicContent(properties.get("kafka.bootstrap.servers"), properties.get("topic.name"))) {
            return topic.until(
                    event -> event.getTgid() == victim.pid() && event.getEventType() == EventType.PROCESS_EXIT);
        }
    }

    private HttpResponse<String> get(InetSocketAddress address, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + address.getPort() + path);
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
}
