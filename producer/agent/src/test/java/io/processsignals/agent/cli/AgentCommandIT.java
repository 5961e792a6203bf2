// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Loopback;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as processes: output, exit codes, signals, missing privileges. Needs root, BTF and setpriv. */
@Timeout(180)
class AgentCommandIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final List<String> AS_WE_ARE = List.of();
    private static final Pattern METRICS_URL = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");

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
        kafka.close();
        registry.close();
    }

    @Test
    void runEndsWithZeroWhenToldTo() throws Exception {
        try (AgentProcess agent =
                AgentProcess.start(folder, AS_WE_ARE, "run", "--config", config("topic.create=true"))) {
            awaitErr(agent, "Metrics and health");
            agent.process().destroy();

            assertThat(agent.exitCode()).as(agent.err()).isZero();
            assertThat(agent.err())
                    .containsPattern("(?m)^\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z INFO  Capturing: \\d+ of \\d+ kernel hooks")
                    .doesNotContain("Exception");
            assertThat(agent.out()).isEmpty();
        }
    }

    @Test
    void runWithoutPrivilegesStaysUpAndSaysWhy() throws Exception {
        try (AgentProcess agent =
                AgentProcess.start(folder, AgentProcess.withoutCapabilities(), "run", "--config", config())) {
            String log = awaitErr(agent, "Metrics and health");

            assertThat(log).containsPattern("WARN  capture: nothing is observed: .*CAP_BPF");
            Matcher url = METRICS_URL.matcher(log);
            assertThat(url.find()).isTrue();
            assertThat(get(url.group() + "/readyz"))
                    .startsWith("ready\n")
                    .contains("degraded: capture")
                    .contains("CAP_BPF");
            assertThat(get(url.group() + "/metrics")).contains("runtime_degraded{part=\"capture\"} 1.0");
            agent.process().destroy();
            assertThat(agent.exitCode()).isZero();
        }
    }

    @Test
    void runWithoutPrivilegesEndsWhereTheKernelIsRequired() throws Exception {
        try (AgentProcess agent = AgentProcess.start(
                folder, AgentProcess.withoutCapabilities(), "run", "--config", config("ebpf.required=true"))) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.CANNOT_RUN);
            assertThat(errors(agent)).singleElement().asString().contains("CAP_BPF");
        }
    }

    @Test
    void wrongConfigurationIsNamedLineByLine() throws Exception {
        try (AgentProcess agent = AgentProcess.start(
                folder, AS_WE_ARE, "run", "--config", config("topic.nam=x", "buffer.size=0", "kafka.acks=1"))) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(errors(agent))
                    .hasSize(3)
                    .anyMatch(
                            line -> line.equals("process-signals run: unknown key topic.nam; did you mean topic.name?"))
                    .anyMatch(line -> line.contains("buffer.size"))
                    .anyMatch(line -> line.contains("key kafka.acks cannot be changed"));
        }
    }

    @Test
    void fileThatIsNotThereIsNamed() throws Exception {
        try (AgentProcess agent = AgentProcess.start(folder, AS_WE_ARE, "run", "--config", "/no/such.properties")) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(agent.err()).contains("/no/such.properties: no such file");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "rum", "run --confg x", "check surplus"})
    void wrongUsageIsOneLine(String arguments) throws Exception {
        String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ", -1);
        try (AgentProcess agent = AgentProcess.start(folder, AS_WE_ARE, words)) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(agent.err().lines()).hasSize(1);
            assertThat(agent.err()).startsWith("process-signals").contains("--help");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "run --help", "check --help", "help run", "--version"})
    void helpIsEverywhere(String arguments) throws Exception {
        try (AgentProcess agent = AgentProcess.start(folder, AS_WE_ARE, arguments.split(" ", -1))) {
            assertThat(agent.exitCode()).isZero();
            assertThat(agent.out()).contains("process-signals");
        }
    }

    @Test
    void checkFindsEverything() throws Exception {
        try (AgentProcess agent =
                AgentProcess.start(folder, AS_WE_ARE, "check", "--config", config("topic.create=true"))) {
            assertThat(agent.exitCode()).as(agent.out() + agent.err()).isZero();
            assertThat(agent.out())
                    .containsPattern("(?m)^kernel +ok +Linux")
                    .containsPattern("(?m)^BTF +ok")
                    .containsPattern("(?m)^privileges +ok")
                    .containsPattern("(?m)^ring +ok +2097152 bytes$")
                    .containsPattern("(?m)^hook process_exit +ok$")
                    .containsPattern("(?m)^cgroups +(ok|-)")
                    .containsPattern("(?m)^topic +ok +'" + topic() + "' does not exist yet: run creates it$")
                    .containsPattern("(?m)^registry +ok +the schema is not registered yet: run registers it$");
        }
    }

    @Test
    void checkNamesABrokerAndARegistryThatDoNotAnswer() throws Exception {
        String nobody = "127.0.0.1:" + Loopback.freePort();
        try (AgentProcess agent = AgentProcess.start(
                folder,
                AS_WE_ARE,
                "check",
                "--config",
                config("kafka.bootstrap.servers=" + nobody, "registry.url=http://" + nobody))) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.FINDING);
            assertThat(agent.out())
                    .containsPattern("(?m)^topic +FAILS +no Kafka broker answers at " + nobody)
                    .containsPattern("(?m)^registry +FAILS +no schema registry answers: http://" + nobody);
        }
    }

    @Test
    void checkNamesATopicThatIsMissing() throws Exception {
        try (AgentProcess agent = AgentProcess.start(folder, AS_WE_ARE, "check", "--config", config())) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.FINDING);
            assertThat(agent.out()).containsPattern("(?m)^topic +FAILS +topic '" + topic() + "' does not exist");
        }
    }

    @Test
    void checkWithoutPrivileges() throws Exception {
        try (AgentProcess agent = AgentProcess.start(folder, AgentProcess.withoutCapabilities(), "check")) {
            assertThat(agent.exitCode()).isEqualTo(ExitCodes.CANNOT_RUN);
            assertThat(agent.out())
                    .containsPattern("(?m)^privileges +FAILS +CAP_BPF and CAP_PERFMON missing")
                    .containsPattern("(?m)^topic +- +kafka.bootstrap.servers is not set$");
        }
    }

    @Test
    void secretsAreInNoOutput() throws Exception {
        try (AgentProcess agent = AgentProcess.start(
                folder,
                AS_WE_ARE,
                "run",
                "--log-level",
                "debug",
                "--config",
                config(
                        "topic.create=true",
                        "registry.basic.auth.user.info=me:s3cret",
                        "kafka.ssl.key.password=s3cret",
                        "kafka.sasl.jaas.config=s3cret",
                        "kafka.a.plugins.own.secret=s3cret"))) {
            String log = awaitErr(agent, "Metrics and health");
            Matcher url = METRICS_URL.matcher(log);
            assertThat(url.find()).isTrue();
            assertThat(get(url.group() + "/metrics")).doesNotContain("s3cret");
            agent.process().destroy();
            assertThat(agent.exitCode()).isZero();
            assertThat(agent.err()).contains("DEBUG AgentConfig[").doesNotContain("s3cret");
        }
    }

    private String config(String... lines) throws Exception {
        Path file = Files.createTempFile(folder, "agent", ".properties");
        StringBuilder text = new StringBuilder();
        String given = String.join("\n", lines) + "\n";
        addDefault(text, given, "kafka.bootstrap.servers", kafka.bootstrapServers());
        addDefault(text, given, "registry.url", registry.url());
        addDefault(text, given, "topic.name", topic());
        addDefault(text, given, "metrics.port", "0");
        addDefault(text, given, "topic.replication.factor", "1");
        addDefault(text, given, "spool.dir", folder.resolve("spool").toString());
        return Files.writeString(file, text + given).toString();
    }

    /** One for each test. */
    private String topic() {
        return folder.getFileName().toString();
    }

    private static void addDefault(StringBuilder text, String given, String key, String value) {
        if (!given.contains(key + "=")) {
            text.append(key).append('=').append(value).append('\n');
        }
    }

    private static String awaitErr(AgentProcess agent, String text) throws Exception {
        await().atMost(SOON)
                .until(() -> agent.err().contains(text) || !agent.process().isAlive());
        assertThat(agent.err()).contains(text);
        return agent.err();
    }

    /** Without the log. */
    private static List<String> errors(AgentProcess agent) throws Exception {
        return agent.err()
                .lines()
                .filter(line -> line.startsWith("process-signals "))
                .toList();
    }

    private static String get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }
}
