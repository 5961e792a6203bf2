// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.Agent;
import io.processsignals.agent.TopicContent;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.metrics.AgentHealth.Problem;
import io.processsignals.agent.registry.TestCertificates;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.events.EventType;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * TLS, mutual TLS, SCRAM and OAUTHBEARER against a broker that insists on them, each with what must not get in. While
 * Kafka refuses the agent, capture goes on, and log, readiness and metrics say why. Needs root and BTF.
 */
@Timeout(120)
class SecureKafkaIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String PASSWORD = "scram-passw0rd";
    private static final String SECRET = "oauth-s3cret";

    @TempDir
    private static Path folder;

    private static TestCertificates server;
    private static TestCertificates elsewhere;
    private static TestCertificates client;
    private static TokenIssuer issuer;
    private static EmbeddedKafka kafka;
    private static EmbeddedRegistry registry;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void startServers() throws Exception {
        server = TestCertificates.make(folder, "server");
        elsewhere = TestCertificates.make(folder, "elsewhere", "DNS:elsewhere.example");
        client = TestCertificates.make(folder, "client");
        issuer = new TokenIssuer(SECRET);
        System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls", issuer.keysUrl()); // the broker's
        EmbeddedKafka.Builder builder = EmbeddedKafka.builder()
                .listener("TLS", "SSL")
                .listener("ELSEWHERE", "SSL")
                .listener("MTLS", "SSL")
                .listener("SCRAM", "SASL_SSL")
                .listener("OAUTH", "SASL_SSL")
                .property("sasl.oauthbearer.jwks.endpoint.url", issuer.keysUrl())
                .property("sasl.oauthbearer.expected.issuer", TokenIssuer.ISSUER)
                .property("sasl.oauthbearer.expected.audience", TokenIssuer.AUDIENCE)
                .property("listener.name.mtls.ssl.client.auth", "required")
                .property("listener.name.mtls.ssl.truststore.type", "PEM")
                .property("listener.name.mtls.ssl.truststore.certificates", client.certificatePem())
                .property("listener.name.scram.sasl.enabled.mechanisms", "SCRAM-SHA-512")
                .property(
                        "listener.name.scram.scram-sha-512.sasl.jaas.config",
                        "org.apache.kafka.common.security.scram.ScramLoginModule required;")
                .property("listener.name.oauth.sasl.enabled.mechanisms", "OAUTHBEARER")
                .property(
                        "listener.name.oauth.oauthbearer.sasl.jaas.config",
                        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;")
                .property(
                        "listener.name.oauth.oauthbearer.sasl.server.callback.handler.class",
                        "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler");
        for (String listener : List.of("tls", "elsewhere", "mtls", "scram", "oauth")) {
            TestCertificates own = listener.equals("elsewhere") ? elsewhere : server;
            builder.property(
                            "listener.name." + listener + ".ssl.keystore.location",
                            own.keystore().toString())
                    .property("listener.name." + listener + ".ssl.keystore.type", "PKCS12")
                    .property("listener.name." + listener + ".ssl.keystore.password", TestCertificates.PASSWORD)
                    .property("listener.name." + listener + ".ssl.key.password", TestCertificates.PASSWORD);
        }
        kafka = builder.start();
        registry = EmbeddedRegistry.startTemporary();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("agent", info, PASSWORD)))
                    .all()
                    .get();
        }
    }

    @AfterAll
    static void stopServers() throws Exception {
        kafka.close();
        registry.close();
        issuer.close();
    }

    @Test
    void tls() throws Exception {
        assertDelivers(properties("TLS", "tls"));
    }

    @Test
    void certificateForAnotherHost() throws Exception {
        Map<String, String> properties = properties("ELSEWHERE", "elsewhere");
        trust(properties, elsewhere);

        assertRefused(properties, "No subject alternative names matching IP address 127.0.0.1 found");
    }

    @Test
    void certificateOfNobodyThatIsTrusted() throws Exception {
        Map<String, String> properties = properties("TLS", "untrusted");
        trust(properties, client);

        assertRefused(properties, "valid certification path");
    }

    @Test
    void mutualTls() throws Exception {
        Map<String, String> properties = properties("MTLS", "mtls");
        Path pem = Files.writeString(folder.resolve("client.pem"), client.keyPem() + client.certificatePem());
        properties.put("kafka.ssl.keystore.type", "PEM");
        properties.put("kafka.ssl.keystore.location", pem.toString());

        assertDelivers(properties);
    }

    @Test
    void noClientCertificate() throws Exception {
        assertRefused(properties("MTLS", "no-client"), "");
    }

    @Test
    void scram() throws Exception {
        Map<String, String> properties = properties("SCRAM", "scram");
        Path secrets = Files.writeString(folder.resolve("secrets.properties"), "password=" + PASSWORD + "\n");
        properties.put("kafka.sasl.mechanism", "SCRAM-SHA-512");
        properties.put("kafka.sasl.jaas.config", scramLogin("${file:" + secrets + ":password}"));

        assertDelivers(properties);
    }

    @Test
    void wrongPassword() throws Exception {
        Map<String, String> properties = properties("SCRAM", "wrong-password");
        properties.put("kafka.sasl.mechanism", "SCRAM-SHA-512");
        properties.put("kafka.sasl.jaas.config", scramLogin("wr0ng"));

        assertRefused(properties, "Authentication failed");
    }

    @Test
    void oauthBearer() throws Exception {
        assertDelivers(oauth("oauth", SECRET));
    }

    @Test
    void wrongClientSecret() throws Exception {
        assertRefused(oauth("wrong-secret", "wr0ng"), "");
    }

    @Test
    void tokenThatNobodyVouchesFor() throws Exception {
        try (TokenIssuer forger = new TokenIssuer(SECRET)) {
            forger.forge();
            Map<String, String> properties = oauth("forged", SECRET);
            properties.put("kafka.sasl.oauthbearer.token.endpoint.url", forger.tokenUrl());

            assertRefused(properties, "invalid_token");
        }
    }

    private static Map<String, String> oauth(String topic, String secret) throws Exception {
        Map<String, String> properties = properties("OAUTH", topic);
        properties.put("kafka.sasl.mechanism", "OAUTHBEARER");
        properties.put(
                "kafka.sasl.login.callback.handler.class",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler");
        properties.put("kafka.sasl.oauthbearer.token.endpoint.url", issuer.tokenUrl());
        properties.put(
                "kafka.sasl.jaas.config",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\""
                        + TokenIssuer.CLIENT + "\" clientSecret=\"" + secret + "\";");
        return properties;
    }

    private static String scramLogin(String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"agent\" password=\""
                + password + "\";";
    }

    private static Map<String, String> properties(String listener, String topic) throws Exception {
        Map<String, String> properties = new HashMap<>();
        properties.put("node.name", "node-1");
        properties.put("kafka.bootstrap.servers", kafka.bootstrapServers(listener));
        boolean sasl = listener.equals("SCRAM") || listener.equals("OAUTH");
        properties.put("kafka.security.protocol", sasl ? "SASL_SSL" : "SSL");
        trust(properties, server);
        properties.put("registry.url", registry.url());
        properties.put("metrics.port", "0");
        properties.put("topic.name", topic);
        properties.put("topic.create", "true");
        properties.put("topic.partitions", "3");
        properties.put("topic.replication.factor", "1");
        properties.put("spool.enabled", "false");
        return properties;
    }

    private static void trust(Map<String, String> properties, TestCertificates trusted) throws Exception {
        properties.put("kafka.ssl.truststore.type", "PEM");
        properties.put("kafka.ssl.truststore.certificates", trusted.certificatePem());
    }

    private static void assertDelivers(Map<String, String> properties) throws Exception {
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();
            Process victim = killed();
            // The plain listener shows what came in by the guarded one
            try (TopicContent topic = new TopicContent(kafka.bootstrapServers(), properties.get("topic.name"))) {
                List<TopicContent.Read> records = topic.until(
                        event -> event.getTgid() == victim.pid() && event.getEventType() == EventType.PROCESS_EXIT);
                assertThat(records).isNotEmpty();
            }
            assertThat(agent.health().isDegraded(Part.KAFKA)).isFalse();
        }
    }

    private void assertRefused(Map<String, String> properties, String because) throws Exception {
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();
            InetSocketAddress metrics = agent.awaitMetrics(SOON).orElseThrow();
            await().atMost(SOON).until(() -> problem(agent) != null);
            Problem problem = problem(agent);
            assertThat(problem.reason())
                    .contains(because, "check", "kafka.")
                    .doesNotContain("wr0ng", SECRET, PASSWORD)
                    .matches(reason -> reason.chars().noneMatch(Character::isISOControl), "is one line");

            double before = killsSeen(metrics);
            killed();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(killsSeen(metrics)).isGreaterThan(before));
            assertThat(agent.isCapturing()).isTrue();
            assertThat(get(metrics, "/readyz"))
                    .startsWith("ready\n")
                    .contains("degraded: ")
                    .contains(problem.reason());
            assertThat(get(metrics, "/metrics"))
                    .containsPattern("runtime_degraded\\{part=\"(kafka|topic)\"} 1.0")
                    .containsPattern("runtime_publish_errors_total\\{reason=\"[a-z_]+\"} [1-9]")
                    .doesNotContain("wr0ng", SECRET, PASSWORD);
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            assertThat(admin.listTopics().names().get()).doesNotContain(properties.get("topic.name"));
        }
    }

    private static Problem problem(Agent agent) {
        return Stream.of(Part.KAFKA, Part.TOPIC)
                .filter(agent.health()::isDegraded)
                .map(agent.health()::problem)
                .findFirst()
                .orElse(null);
    }

    private double killsSeen(InetSocketAddress metrics) throws Exception {
        return get(metrics, "/metrics")
                .lines()
                .filter(line -> line.startsWith("runtime_process_exits_total{exit_code=\"137\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private String get(InetSocketAddress address, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + address.getPort() + path);
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    private static Process killed() throws Exception {
        Process victim = new ProcessBuilder("sleep", "300").start();
        victim.destroyForcibly();
        assertThat(victim.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return victim;
    }
}
