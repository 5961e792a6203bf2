// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.processsignals.agent.Agent;
import io.processsignals.agent.config.AgentConfig;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What alerts and dashboard ask for is what a running agent exports: names, labels, and values of labels. */
class MonitoringIT {
    private static final Path MONITORING = Path.of(System.getProperty("k8s.folder", "../../k8s"), "monitoring");

    /** A metric in a query, and what its braces hold. */
    private static final Pattern SELECTOR = Pattern.compile("\\b((?:runtime|jvm|process)_[a-z_]+)(?:\\{([^}]*)\\})?");

    private static final Pattern MATCHER = Pattern.compile("([a-z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern BY = Pattern.compile("\\bby\\s*\\(([^)]*)\\)");

    /** Labels that Prometheus adds, and the bucket's. */
    private static final Set<String> NOT_THE_AGENTS = Set.of("instance", "job", "le");

    /** Metric, then label, then its values. */
    private static final Map<String, Map<String, Set<String>>> EXPORTED = new HashMap<>();

    @BeforeAll
    static void scrape(@TempDir Path folder) throws Exception {
        Map<String, String> properties = Map.of(
                "kafka.bootstrap.servers", "127.0.0.1:1",
                "registry.url", "http://127.0.0.1:1",
                "metrics.port", "0",
                "shutdown.timeout.ms", "0",
                "spool.dir", folder.resolve("spool").toString());
        try (Agent agent = new Agent(AgentConfig.of(properties))) {
            agent.start();
            InetSocketAddress address =
                    agent.awaitMetrics(Duration.ofSeconds(60)).orElseThrow();
            URI uri = URI.create("http://127.0.0.1:" + address.getPort() + "/metrics");
            String text = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
            text.lines().filter(line -> !line.startsWith("#")).forEach(MonitoringIT::learn);
        }
        assertThat(EXPORTED).containsKey("runtime_events_processed_total");
    }

    @AfterAll
    static void forget() {
        EXPORTED.clear();
    }

    @Test
    void rules() throws Exception {
        List<JsonNode> expressions = new YAMLMapper()
                .readTree(MONITORING.resolve("alerts.yaml").toFile())
                .findValues("expr");

        assertThat(expressions).hasSize(5);
        expressions.forEach(expression -> assertExported(expression.asText()));
    }

    @Test
    void dashboard() throws Exception {
        JsonNode dashboard = new ObjectMapper()
                .readTree(MONITORING.resolve("grafana/process-signals.json").toFile());

        List<JsonNode> expressions = dashboard.findValues("expr");
        assertThat(expressions).hasSizeGreaterThanOrEqualTo(8);
        expressions.forEach(expression -> assertExported(expression.asText()));
        Set<Integer> ids = new HashSet<>();
        dashboard.get("panels").forEach(panel -> {
            assertThat(ids.add(panel.get("id").asInt())).as("panel ids").isTrue();
            assertThat(panel.at("/gridPos/w").asInt() + panel.at("/gridPos/x").asInt())
                    .isBetween(1, 24);
        });
    }

    @Test
    void provisioning() throws Exception {
        YAMLMapper yaml = new YAMLMapper();
        JsonNode source =
                yaml.readTree(MONITORING.resolve("grafana/datasource.yaml").toFile());
        JsonNode provider =
                yaml.readTree(MONITORING.resolve("grafana/dashboards.yaml").toFile());
        JsonNode compose =
                yaml.readTree(MONITORING.resolve("../../docker-compose.yml").toFile());
        JsonNode dashboard = new ObjectMapper()
                .readTree(MONITORING.resolve("grafana/process-signals.json").toFile());

        assertThat(source.at("/datasources/0/url").asText()).isEqualTo("http://prometheus:9090");
        assertThat(dashboard.findValues("datasource"))
                .allMatch(panel -> panel.path("uid").equals(source.at("/datasources/0/uid")));
        assertThat(compose.at("/services/grafana/volumes"))
                .anyMatch(volume -> volume.asText()
                        .contains(provider.at("/providers/0/options/path").asText() + "/process-signals.json"));
    }

    private static void learn(String line) {
        Matcher series = SELECTOR.matcher(line);
        if (!series.lookingAt()) {
            return;
        }
        Map<String, Set<String>> labels = EXPORTED.computeIfAbsent(series.group(1), name -> new HashMap<>());
        if (series.group(2) != null) {
            MATCHER.matcher(series.group(2))
                    .results()
                    .forEach(label -> labels.computeIfAbsent(label.group(1), name -> new HashSet<>())
                            .add(label.group(3)));
        }
    }

    private static void assertExported(String expression) {
        Set<String> labelsOfAll = new HashSet<>();
        Matcher selector = SELECTOR.matcher(expression);
        while (selector.find()) {
            assertThat(EXPORTED).as(expression).containsKey(selector.group(1));
            Map<String, Set<String>> labels = EXPORTED.get(selector.group(1));
            labelsOfAll.addAll(labels.keySet());
            if (selector.group(2) == null) {
                continue;
            }
            MATCHER.matcher(selector.group(2))
                    .results()
                    .filter(matcher -> !NOT_THE_AGENTS.contains(matcher.group(1)))
                    .forEach(matcher -> {
                        assertThat(labels).as(expression).containsKey(matcher.group(1));
                        if (!matcher.group(2).contains("~")) {
                            assertThat(labels.get(matcher.group(1)))
                                    .as(expression)
                                    .contains(matcher.group(3));
                        }
                    });
        }
        BY.matcher(expression).results().forEach(by -> {
            for (String label : by.group(1).split("\\s*,\\s*", -1)) {
                assertThat(NOT_THE_AGENTS.contains(label) || labelsOfAll.contains(label))
                        .as(label + " in " + expression)
                        .isTrue();
            }
        });
    }
}
