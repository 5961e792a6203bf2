// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.Registration;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TailIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PASSWORD = "not-a-secret";

    private static EmbeddedKafka kafka;
    private static EmbeddedRegistry registry;
    private static int schemaId;

    private String topic;

    /** What a run of the command left. */
    private record Outcome(int exitCode, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    @BeforeAll
    static void startServers() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        registry = EmbeddedRegistry.startTemporary();
        schemaId = Registration.register(registry.url(), ProcessSignalEvent.getClassSchema());
    }

    @AfterAll
    static void stopServers() throws Exception {
        registry.close();
        kafka.close();
    }

    @BeforeEach
    void createTopic() throws Exception {
        topic = "t-" + UUID.randomUUID();
        Topics.create(kafka.bootstrapServers(), topic, 3);
    }

    @Test
    void printsOneJsonObjectALineWithTheSchemasFieldNames() throws Exception {
        send(0, value(Events.kill(1).build()));

        Outcome outcome = tail("-o", "json", "--from-beginning", "--timeout", "200ms");

        assertThat(outcome.exitCode).isZero();
        assertThat(outcome.lines()).hasSize(1);
        JsonNode event = JSON.readTree(outcome.lines().get(0));
        assertThat(event.get("eventType").asText()).isEqualTo("SIGNAL_SENT");
        assertThat(event.get("timestamp").longValue()).isEqualTo(1_795_183_323_112_345L);
        assertThat(event.get("sender").get("command").asText()).isEqualTo("bash");
        assertThat(event.has("exitInfo")).isFalse();
    }

    @Test
    void showsWhatComesWhileItRunsAndNotWhatWasThere() throws Exception {
        send(0, value(Events.exit(1).build()));
        CountDownLatch waiting = new CountDownLatch(1);
        StringWriter out = new StringWriter() {
            @Override
            public void flush() {
                waiting.countDown(); // the header is written: the view is at the end of the topic
            }
        };
        Thread sender = new Thread(() -> {
            try {
                waiting.await();
                send(1, value(Events.kill(1).build()));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        sender.start();
        Outcome outcome = run(out, connected("--max", "1"));
        sender.join();

        assertThat(outcome.lines()).hasSize(2);
        assertThat(outcome.lines().get(0)).startsWith("TIME").contains("NS/POD/CTR");
        assertThat(outcome.lines().get(1))
                .startsWith("2026-11-20T14:02:03.112Z")
                .contains("SIGNAL_SENT", "42", "sleep", "SIGKILL from bash(8121)<-sshd(700), fatal");
    }

    @Test
    void ordersPartitionsByTime() throws Exception {
        send(2, value(Events.exit(1).setTimestamp(Events.START.plusSeconds(2)).build()));
        send(0, value(Events.exit(2).setTimestamp(Events.START.plusSeconds(1)).build()));
        send(1, value(Events.exit(3).setTimestamp(Events.START.plusSeconds(3)).build()));

        // One broker answers one fetch for all three partitions; the order of its answer is that of the partitions.
        Outcome outcome = tail("-o", "wide", "--from-beginning", "--max", "3");

        assertThat(outcome.lines().stream().skip(1).map(line -> line.substring(17, 19)))
                .containsExactly("04", "05", "06");
    }

    @Test
    void filtersByTypePidAndCommand() throws Exception {
        send(0, value(Events.kill(1).build()));
        send(0, value(Events.exit(1).build()));
        send(0, value(Events.exit(2).setTgid(7).setPid(7).setCommand("java").build()));

        assertThat(shown("--type", "process_exit")).hasSize(2);
        assertThat(shown("--type", "PROCESS_EXIT,SIGNAL_SENT", "--pid", "42")).hasSize(2);
        assertThat(shown("--command", "ja*")).singleElement().asString().contains("\"tgid\":7");
        assertThat(shown("--pid", "1")).isEmpty();
    }

    @Test
    void skipsForeignRecordsAndSaysSoOnce() throws Exception {
        int other = Registration.register(
                registry.url(), new Schema.Parser().parse("{\"type\":\"record\",\"name\":\"Other\",\"fields\":[]}"));
        byte[] event = value(Events.kill(1).build());
        send(0, "no event".getBytes(StandardCharsets.UTF_8));
        send(0, null);
        send(0, ByteBuffer.allocate(5).putInt(1, other).array());
        send(0, ByteBuffer.allocate(5).putInt(1, 123_456).array());
        send(0, Arrays.copyOf(event, event.length - 3));
        send(0, Arrays.copyOf(event, event.length + 1));
        send(0, event);

        Outcome outcome = tail("-o", "json", "--from-beginning", "--timeout", "200ms");

        assertThat(outcome.exitCode).isZero();
        assertThat(outcome.lines()).hasSize(1);
        assertThat(outcome.err.lines()).singleElement().asString().contains("no events", "p0@0");
    }

    @Test
    void readsOlderAndNewerSchemas() throws Exception {
        Schema newer = withField("addedLater", "\"later\"");
        GenericData.Record record = new GenericData.Record(newer);
        ProcessSignalEvent event = Events.kill(1).build();
        for (Schema.Field field : event.getSchema().getFields()) {
            record.put(field.name(), event.get(field.pos()));
        }
        record.put("addedLater", "new");
        send(0, value(record, Registration.register(registry.url(), newer)));

        Outcome outcome = tail("--from-beginning", "--timeout", "200ms");

        assertThat(outcome.out).contains("SIGKILL from bash(8121)").doesNotContain("addedLater");
    }

    @Test
    void tellsLossesAndGapsBetweenTheEvents() throws Exception {
        send(0, value(Events.exit(1).build()));
        send(0, value(Events.exit(9).build()));
        send(0, value(Events.lost(1, 4).build()));

        Outcome outcome = tail("--from-beginning", "--pid", "42", "--timeout", "1500ms");

        // 2 to 8 are missing, which is 7; 4 are accounted for.
        assertThat(outcome.out)
                .contains("4 PROCESS_EXIT events lost, stage RING, deaths and kills among them: 1")
                .contains("-- events are missing that nobody counted as lost: 3 of hook PROCESS_EXIT on node n1");
    }

    @Test
    void endsWithOneLineIfNoBrokerAnswers() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            port = socket.getLocalPort();
        }
        Outcome outcome = run("tail", "--bootstrap-servers", "127.0.0.1:" + port, "--registry", registry.url());
        assertCannotRun(outcome, "no Kafka broker answers at 127.0.0.1:" + port);
    }

    @Test
    void endsWithOneLineIfThereIsNoSuchTopic() {
        topic = "not-there";
        assertCannotRun(tail(), "there is no topic not-there");
    }

    @Test
    void endsWithOneLineIfTheRegistryIsNone() {
        String bootstrap = kafka.bootstrapServers();
        assertCannotRun(
                run("tail", "--bootstrap-servers", bootstrap, "--registry", "http://127.0.0.1:1"),
                "no schema registry answers at http://127.0.0.1:1");
        assertCannotRun(
                run("tail", "--bootstrap-servers", bootstrap, "--registry", registry.url() + "/nowhere"),
                "not a schema registry's API");
        assertCannotRun(
                run("tail", "--bootstrap-servers", bootstrap, "--registry", "127.0.0.1:8081"), "is not a URL such as");
    }

    @Test
    void authenticatesAtTheRegistry(@TempDir Path folder) throws Exception {
        send(0, value(Events.kill(1).build()));
        HttpServer guard = HttpServer.create(loopback(), 0);
        passOn(guard, Optional.of("user:secret"));
        try {
            String url = "http://127.0.0.1:" + guard.getAddress().getPort();
            assertCannotRun(tailThrough(url), "refuses access (HTTP 401)");

            Path config = Files.writeString(
                    folder.resolve("client.properties"), "registry.basic.auth.user.info=user:secret\nclient.id=me\n");
            Outcome outcome = tailThrough(url, "--client-config", config.toString());
            assertThat(outcome.err).isEmpty();
            assertThat(outcome.out).contains("SIGKILL");
        } finally {
            guard.stop(0);
        }
    }

    @Test
    void talksTlsToTheRegistry(@TempDir Path folder) throws Exception {
        send(0, value(Events.kill(1).build()));
        Path store = folder.resolve("registry.p12");
        SSLContext context = selfSigned(store);
        HttpsServer server = HttpsServer.create(loopback(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        passOn(server, Optional.empty());
        try {
            String url = "https://127.0.0.1:" + server.getAddress().getPort();
            assertCannotRun(tailThrough(url), "no schema registry answers at " + url);

            Path config = folder.resolve("client.properties");
            String properties = "registry.ssl.truststore.type=PKCS12\nregistry.ssl.truststore.password=%s\n"
                    + "registry.ssl.truststore.location=" + store + "\n";
            Files.writeString(config, properties.formatted("wrong"));
            assertCannotRun(tailThrough(url, "--client-config", config.toString()), "check files and passwords");

            Files.writeString(config, properties.formatted(PASSWORD));
            Outcome outcome = tailThrough(url, "--client-config", config.toString());
            assertThat(outcome.err).isEmpty();
            assertThat(outcome.out).contains("SIGKILL");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void endsInOrderOnCtrlCWithNoNativeCodeLoaded() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                "-cp",
                System.getProperty("java.class.path"),
                PostmortemCommand.class.getName()));
        command.addAll(List.of(connected()));
        Process tail = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader out = tail.inputReader()) {
            assertThat(out.readLine()).startsWith("TIME");
            send(0, value(Events.kill(1).build()));
            assertThat(out.readLine()).contains("SIGKILL");
            if (Files.exists(Path.of("/proc/self/maps"))) {
                assertThat(Files.readString(Path.of("/proc/" + tail.pid() + "/maps")))
                        .doesNotContain("process_signals");
            }
            assertThat(new ProcessBuilder("kill", "-INT", Long.toString(tail.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            assertThat(out.readLine()).isNull();
        }
        assertThat(tail.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(tail.exitValue()).isZero();
    }

    @Test
    void namesAMistakeInOneLine() {
        assertThat(run(connected("--type", "EXIT")))
                .satisfies(outcome -> assertThat(outcome.exitCode).isEqualTo(ExitCodes.USAGE))
                .satisfies(outcome -> assertThat(outcome.err.lines())
                        .singleElement()
                        .asString()
                        .contains("--type", "PROCESS_EXIT"));
        assertThat(run(connected("--timeout", "5 apples")).err).contains("not a duration such as");
        assertThat(run(connected("--zone", "Mars/Olympus")).err).contains("not a zone such as");
        assertThat(run(connected("--max", "0")).err).contains("--max must be at least 1");
        assertThat(run("tail").err).contains("--bootstrap-servers");
        assertThat(run().exitCode).isEqualTo(ExitCodes.USAGE);
    }

    private static void assertCannotRun(Outcome outcome, String message) {
        assertThat(outcome.exitCode).isEqualTo(ExitCodes.CANNOT_RUN);
        assertThat(outcome.err.lines()).singleElement().asString().contains(message);
        assertThat(outcome.out).isEmpty();
    }

    private List<String> shown(String... filters) {
        List<String> arguments = new ArrayList<>(List.of("-o", "json", "--from-beginning", "--timeout", "100ms"));
        arguments.addAll(List.of(filters));
        return tail(arguments.toArray(String[]::new)).lines();
    }

    private Outcome tail(String... arguments) {
        return run(connected(arguments));
    }

    private String[] connected(String... arguments) {
        return Stream.concat(
                        Stream.of(
                                "tail",
                                "--bootstrap-servers",
                                kafka.bootstrapServers(),
                                "--registry",
                                registry.url(),
                                "--topic",
                                topic),
                        Arrays.stream(arguments))
                .toArray(String[]::new);
    }

    private static Outcome run(String... arguments) {
        return run(new StringWriter(), arguments);
    }

    private static Outcome run(StringWriter out, String... arguments) {
        StringWriter err = new StringWriter();
        CommandLine command = CommandLines.of(new PostmortemCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true));
        int exitCode = command.execute(arguments);
        return new Outcome(exitCode, out.toString(), err.toString());
    }

    private void send(int partition, byte[] value) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, partition, "n1/42", value))
                    .get();
        }
    }

    private static byte[] value(ProcessSignalEvent event) throws Exception {
        return value(event, schemaId);
    }

    private static byte[] value(IndexedRecord record, int id) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(ByteBuffer.allocate(5).putInt(1, id).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        GenericData model = new GenericData();
        model.addLogicalTypeConversion(new org.apache.avro.data.TimeConversions.TimestampMicrosConversion());
        new GenericDatumWriter<>(record.getSchema(), model).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private static Schema withField(String name, String defaultValue) throws Exception {
        String text = ProcessSignalEvent.getClassSchema().toString();
        String field = "{\"name\":\"" + name + "\",\"type\":\"string\",\"default\":" + defaultValue + "},";
        return new Schema.Parser().parse(text.replaceFirst("\"fields\":\\[", "\"fields\":[" + field));
    }

    private Outcome tailThrough(String registryUrl, String... more) {
        return run(Stream.concat(
                        Stream.of(
                                "tail",
                                "--bootstrap-servers",
                                kafka.bootstrapServers(),
                                "--topic",
                                topic,
                                "--registry",
                                registryUrl,
                                "--from-beginning",
                                "--max",
                                "1"),
                        Arrays.stream(more))
                .toArray(String[]::new));
    }

    private static InetSocketAddress loopback() throws Exception {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    }

    /** Starts a server that passes requests on to the registry, those with the right password if there is one. */
    private static void passOn(HttpServer server, Optional<String> userInfo) {
        Optional<String> expected = userInfo.map(
                text -> "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        server.createContext("/", exchange -> {
            try (exchange) {
                String given = exchange.getRequestHeaders().getFirst("Authorization");
                if (expected.isPresent() && !expected.get().equals(given)) {
                    exchange.sendResponseHeaders(401, -1);
                    return;
                }
                HttpRequest request = HttpRequest.newBuilder(URI.create(registry.url() + exchange.getRequestURI()))
                        .timeout(Duration.ofSeconds(5))
                        .build();
                byte[] body;
                try {
                    body = client.send(request, HttpResponse.BodyHandlers.ofByteArray())
                            .body();
                } catch (HttpTimeoutException e) {
                    exchange.sendResponseHeaders(504, -1);
                    return;
                }
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    /** Makes a key store with a key for 127.0.0.1, which is a trust store for it as well. */
    private static SSLContext selfSigned(Path store) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "registry",
                        "-dname",
                        "CN=registry",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
