// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.processsignals.agent.assemble.ArgumentPolicy;
import io.processsignals.agent.capture.CaptureOptions;
import io.processsignals.common.signal.SignalMask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentConfigTest {
    private static final Map<String, String> NO_ENVIRONMENT = Map.of();

    @TempDir
    private Path folder;

    @Test
    void everythingHasADefault() {
        AgentConfig config = AgentConfig.of(Map.of());

        assertThat(config.topicName()).isEqualTo("process-signals.events.v1");
        assertThat(config.captureOptions())
                .isEqualTo(new CaptureOptions(
                        2097152, SignalMask.FATAL, 1024, true, new CaptureOptions.RateLimit(1000, 5000), null));
        assertThat(config.bufferSize()).isEqualTo(10_000);
        assertThat(config.execArgs()).isEqualTo(ArgumentPolicy.REDACTED);
        assertThat(config.metricsBindAddress()).isEqualTo("127.0.0.1");
        assertThat(config.metricsPort()).isEqualTo(9464);
        assertThat(config.ebpfEnabled()).isTrue();
        assertThat(config.ebpfRequired()).isFalse();
        assertThat(config.topicCreate()).isFalse();
        assertThat(config.registryUrls()).isEmpty();
        assertThat(config.valueSerializer()).isEmpty();
        assertThat(config.clusterName()).isEmpty();
        assertThat(config.otlpEnabled()).isFalse();
        assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.procRoot()).isEqualTo(Path.of("/proc"));
        assertThat(config.cgroupRoot()).isEqualTo(Path.of("/sys/fs/cgroup"));
        assertThat(config.kafkaConfigs()).isEmpty();
    }

    @Test
    void environmentWinsOverTheFile() throws IOException {
        Path file = write("topic.name=from-file", "buffer.size=5", "kafka.linger.ms=7");

        AgentConfig config = ConfigLoader.load(
                Optional.of(file),
                Map.of(
                        "PROCESS_SIGNALS_TOPIC_NAME", "from-environment",
                        "PROCESS_SIGNALS_KAFKA_LINGER_MS", "9",
                        "PROCESS_SIGNALS_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092",
                        "TOPIC_NAME", "somebody else's"));

        assertThat(config.topicName()).isEqualTo("from-environment");
        assertThat(config.bufferSize()).isEqualTo(5);
        assertThat(config.kafkaConfigs())
                .containsEntry("linger.ms", 9L)
                .containsEntry("bootstrap.servers", "127.0.0.1:9092");
    }

    @Test
    void everyKeyHasItsOwnVariable() {
        assertThat(AgentConfig.configDef().names())
                .extracting(ConfigLoader::environmentName)
                .doesNotHaveDuplicates()
                .contains("PROCESS_SIGNALS_EBPF_RING_BYTES")
                .allMatch(name -> name.matches("PROCESS_SIGNALS_[A-Z0-9_]+"));
    }

    @Test
    void passThroughVariablesCanNameEveryKey() {
        AgentConfig config =
                ConfigLoader.load(Optional.empty(), Map.of("PROCESS_SIGNALS_KAFKA_MY___PLUGIN_SOME__KEY", "x"));

        assertThat(config.kafkaConfigs()).containsEntry("my-plugin.some_key", "x");
    }

    @Test
    void kubernetesServiceVariablesAreNoKeys() {
        AgentConfig config = ConfigLoader.load(
                Optional.empty(),
                Map.of(
                        "PROCESS_SIGNALS_SERVICE_HOST", "10.0.0.1",
                        "PROCESS_SIGNALS_SERVICE_PORT_METRICS", "9464",
                        "PROCESS_SIGNALS_PORT_9464_TCP_ADDR", "10.0.0.1",
                        // A Service called process-signals-metrics
                        "PROCESS_SIGNALS_METRICS_PORT", "tcp://10.0.0.1:9464"));

        assertThat(config.metricsPort()).isEqualTo(9464);
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void variableThatSetsNothing() {
        AgentConfig config = ConfigLoader.load(
                Optional.empty(),
                Map.of("PROCESS_SIGNALS_COLOUR_OF_THE_SKY", "blue", "PROCESS_SIGNALS_JAVA_OPTS", "-Xmx1g"));

        assertThat(config.warnings())
                .containsExactly("environment variable PROCESS_SIGNALS_COLOUR_OF_THE_SKY sets nothing");
        assertThatThrownBy(() -> ConfigLoader.load(Optional.empty(), Map.of("PROCESS_SIGNALS_TOPIC_NAMES", "x")))
                .hasMessage("environment variable PROCESS_SIGNALS_TOPIC_NAMES sets nothing;"
                        + " did you mean PROCESS_SIGNALS_TOPIC_NAME?");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            topic.nam             | x        | unknown key topic.nam; did you mean topic.name?
            ebpf.ring.byte        | 4096     | did you mean ebpf.ring.bytes?
            colour                | red      | unknown key colour
            ebpf.ring.bytes       | 500000   | must be a power of two and a multiple of the page size 4096: use 262144 or 524288
            ebpf.ring.bytes       | 2048     | use 4096
            ebpf.ring.bytes       | 0        | use 4096
            ebpf.ring.bytes       | -4096    | use 4096
            ebpf.ring.bytes       | 2147483647 | use 1073741824
            ebpf.ring.bytes       | 4294967296 | ebpf.ring.bytes
            ebpf.ring.bytes       | half     | ebpf.ring.bytes
            ebpf.enabled          | maybe    | ebpf.enabled
            signals.mask          | SIGKIL   | signals.mask: 'SIGKIL' is no signal
            signals.mask          | 65       | signals.mask
            exec.args             | redact   | did you mean redacted?
            exec.args             | none     | must be one of redacted, off, full
            exec.args.max.bytes   | 4097     | exec.args.max.bytes
            topic.name            | a/b      | topic.name
            topic.name            | ..       | topic.name
            topic.partitions      | 0        | topic.partitions
            buffer.size           | 0        | buffer.size
            metrics.port          | 65536    | metrics.port
            metrics.bind.address  | ""       | metrics.bind.address
            log.level             | loud     | log.level
            registry.url          | ftp://x  | registry.url: 'ftp://x' is no http:// or https:// URL with a host
            registry.url          | http://  | registry.url: not a URL
            registry.url          | http://a b | registry.url: not a URL
            registry.urls         | http://x | unknown key registry.urls; did you mean registry.url?
            registry.ssl.truststore.locatoin | /x | did you mean registry.ssl.truststore.location?
            kafka.linger.sm       | 5        | unknown key kafka.linger.sm; did you mean kafka.linger.ms?
            kafka.linger.ms       | soon     | configuration kafka.linger.ms
            kafka.compression.type | zip     | configuration kafka.compression.type
            kafka.bootstrap.servers | ""     | key kafka.bootstrap.servers
            kafka.acks            | 1        | key kafka.acks cannot be changed
            kafka.enable.idempotence | false | key kafka.enable.idempotence cannot be changed
            kafka.max.in.flight.requests.per.connection | 6 | key kafka.max.in.flight.requests.per.connection must be at most 5
            kafka.key.serializer  | java.lang.String | key kafka.key.serializer cannot be changed
            kafka.value.serializer | java.lang.String | key kafka.value.serializer cannot be changed
            kafka.partitioner.class | java.lang.String | key kafka.partitioner.class cannot be changed
            kafka.partitioner.ignore.keys | true | key kafka.partitioner.ignore.keys cannot be changed
            kafka.transactional.id | t       | key kafka.transactional.id cannot be changed
            kafka.retries         | 0        | key kafka.retries cannot be changed
            kafka.delivery.timeout.ms | 120000 | key kafka.delivery.timeout.ms cannot be changed
            spool.max.age.ms      | 788400000001 | must be no more than 788400000000
            plugin.path           | /x       | plugin.path has no effect without value.serializer
            """)
    void badKeysAndValuesAreNamed(String key, String value, String expected) {
        ConfigurationException problem = problemOf(Map.of(key, value));

        assertThat(problem.problems()).anySatisfy(line -> assertThat(line).contains(expected));
        assertThat(problem.problems()).allSatisfy(line -> assertThat(line).doesNotContain("\n"));
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        ConfigurationException problem = problemOf(Map.of(
                "topic.nam", "x", "buffer.size", "-1", "kafka.acks", "0", "metrics.port", "http", "signals.mask", "?"));

        assertThat(problem.problems()).hasSize(5);
    }

    @Test
    void aSpoolWithoutRoomForItsFiles() {
        assertThat(problemOf(Map.of("spool.max.bytes", "6930415")).problems())
                .containsExactly(
                        "spool.max.bytes=6930415 has no room for 4 files of spool.segment.bytes=8388608: set it to"
                                + " 33554432 at least, or make the files smaller");
        assertThat(AgentConfig.of(Map.of("spool.max.bytes", "33554432")).spool())
                .hasValueSatisfying(spool -> assertThat(spool.maxBytes()).isEqualTo(33_554_432));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spool.dir",
                "ebpf.pin.folder",
                "proc.root",
                "cgroup.root",
                "kubernetes.log.folder",
                "plugin.path"
            })
    void aPathThatIsNone(String key) {
        assertThat(problemOf(Map.of(key, "/a\0b", "value.serializer", "x")).problems())
                .containsExactly("key " + key + ": no path: Nul character not allowed");
    }

    @Test
    void contradictions() {
        assertThat(problemOf(Map.of("ebpf.enabled", "false", "ebpf.required", "true"))
                        .problems())
                .containsExactly("ebpf.required=true contradicts ebpf.enabled=false: remove one");
        assertThat(problemOf(Map.of(
                                "registry.basic.auth.user.info", "a:b",
                                "registry.bearer.auth.token", "t"))
                        .problems())
                .containsExactly(
                        "registry.basic.auth.user.info and registry.bearer.auth.token are both set: remove one");
    }

    @Test
    void harmlessRepetitionsOfWhatIsFixedAreFine() {
        AgentConfig config = AgentConfig.of(Map.of("kafka.acks", "all", "kafka.enable.idempotence", "true"));

        assertThat(config.kafkaConfigs()).containsEntry("acks", "all");
    }

    @Test
    void whatWritingToKafkaNeeds() {
        assertThatThrownBy(() -> AgentConfig.of(Map.of()).requireKafka())
                .hasMessageContaining("kafka.bootstrap.servers is not set")
                .hasMessageContaining("registry.url is not set");
        AgentConfig.of(Map.of("kafka.bootstrap.servers", "127.0.0.1:1", "registry.url", "http://127.0.0.1:2"))
                .requireKafka();
    }

    @Test
    void secretsComeFromElsewhere() throws IOException {
        Path secrets = folder.resolve("secrets.properties");
        Files.writeString(secrets, "password=from-file\n");
        Files.writeString(folder.resolve("token"), "from-folder");

        AgentConfig config = ConfigLoader.of(
                Map.of(
                        "kafka.ssl.key.password", "${file:" + secrets + ":password}",
                        "registry.bearer.auth.token", "${dir:" + folder + ":token}",
                        "kafka.sasl.jaas.config", "prefix ${env:SECRET};"),
                Map.of("SECRET", "from-environment"));

        assertThat(config.kafkaConfigs())
                .containsEntry("ssl.key.password", new Password("from-file"))
                .containsEntry("sasl.jaas.config", new Password("prefix from-environment;"));
        assertThat(config.registryBearerToken()).contains(new Password("from-folder"));
    }

    @ParameterizedTest
    @CsvSource({
        "${file:/does/not/exist:x}",
        "${env:NOT_THERE}",
        "${dir:/does/not/exist:x}",
    })
    void secretThatIsNotThere(String reference) {
        ConfigurationException problem = problemOf(Map.of("kafka.ssl.key.password", reference));

        assertThat(problem.problems())
                .containsExactly("key kafka.ssl.key.password: nothing to be found at " + reference);
    }

    @Test
    void secretsAreNeverShown() {
        AgentConfig config = AgentConfig.of(Map.of(
                "topic.name", "shown",
                "kafka.ssl.key.password", "s3cret",
                "kafka.sasl.jaas.config", "s3cret",
                "kafka.some.plugins.own.key", "s3cret",
                "registry.basic.auth.user.info", "me:s3cret",
                "registry.ssl.keystore.password", "s3cret",
                "registry.some.plugins.own.key", "s3cret",
                "metrics.otlp.headers", "authorization=s3cret"));

        assertThat(config.toString()).contains("topic.name=shown").doesNotContain("s3cret");
    }

    @Test
    void passwordInAUrlIsRefusedWithoutRepeatingIt() {
        assertThat(problemOf(Map.of("registry.url", "http://me:s3cret@host:8081"))
                        .problems())
                .containsExactly(
                        "registry.url: a URL must not hold a user or password;" + " use registry.basic.auth.user.info");
        assertThat(problemOf(Map.of("registry.url", "http://me:s3 cret@host:8081"))
                        .getMessage())
                .doesNotContain("cret");
    }

    @Test
    void registryKeysAreHandedOnWithoutPrefix() {
        AgentConfig config = AgentConfig.of(Map.of(
                "registry.url", "http://a:1,http://b:2",
                "registry.ssl.truststore.location", "/trust",
                "registry.ssl.truststore.password", "p"));

        assertThat(config.registryUrls()).containsExactly("http://a:1", "http://b:2");
        assertThat(config.registryConfigs())
                .containsEntry("ssl.truststore.location", "/trust")
                .containsEntry("ssl.truststore.password", new Password("p"));
    }

    @Test
    void fileThatIsNotThere() {
        Path missing = folder.resolve("missing.properties");

        assertThatThrownBy(() -> ConfigLoader.load(Optional.of(missing), NO_ENVIRONMENT))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(missing + ": no such file");
    }

    @Test
    void fileThatCannotBeUnderstood() throws IOException {
        Path twice = write("buffer.size=1", "buffer.size=2");
        Path escape = write("node.name=\\u12");
        Path binary = folder.resolve("binary.properties");
        Files.write(binary, new byte[] {'a', '=', (byte) 0xff});

        assertThatThrownBy(() -> ConfigLoader.load(Optional.of(twice), NO_ENVIRONMENT))
                .hasMessage(twice + ": key buffer.size is given twice");
        assertThatThrownBy(() -> ConfigLoader.load(Optional.of(escape), NO_ENVIRONMENT))
                .hasMessageContaining(escape.toString());
        assertThatThrownBy(() -> ConfigLoader.load(Optional.of(binary), NO_ENVIRONMENT))
                .hasMessage(binary + ": not UTF-8 text");
        assertThatThrownBy(() -> ConfigLoader.load(Optional.of(folder), NO_ENVIRONMENT))
                .hasMessageContaining(folder + ": cannot be read");
    }

    @Test
    void argumentsThatAreOffAreNotRead() {
        assertThat(AgentConfig.of(Map.of("exec.args", "off")).captureOptions().execArgsMax())
                .isZero();
    }

    private static ConfigurationException problemOf(Map<String, String> properties) {
        return catchThrowableOfType(ConfigurationException.class, () -> ConfigLoader.of(properties, NO_ENVIRONMENT));
    }

    private Path write(String... lines) throws IOException {
        Path file = Files.createTempFile(folder, "agent", ".properties");
        Files.write(file, List.of(lines), StandardCharsets.UTF_8);
        return file;
    }

    @Test
    void whatAProviderGaveIsNeverRepeated() {
        Map<String, String> environment = Map.of("S", "hunter2/!");
        for (String key : List.of(
                "topic.partitions",
                "topic.name",
                "signals.mask",
                "exec.args",
                "registry.url",
                "metrics.otlp.url",
                "kafka.linger.ms",
                "kafka.acks",
                "kafka.security.protocol")) {
            assertThatThrownBy(() -> ConfigLoader.of(Map.of(key, "${env:S}"), environment))
                    .as(key)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(key)
                    .hasMessageNotContaining("hunter2");
        }
    }

    @Test
    void aProblemIsOneLineWhateverTheValue() {
        assertThatThrownBy(() -> ConfigLoader.of(Map.of("a\nb", "", "topic.name", "x\u001b[2J\u009b"), Map.of()))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .hasSize(2)
                                .allMatch(problem -> problem.chars().noneMatch(Character::isISOControl)));
    }
}
