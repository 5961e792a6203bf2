// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.processsignals.agent.publish.PublishStatus.State;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.RegistryOutcome;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.log.LogRecord;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.events.LossStage;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** Registry client, loop and both encoders against a real registry, and against Confluent's own classes. */
@Timeout(120)
class PublishWithRegistryIT {
    private static final Path CONFLUENT = Path.of("target", "confluent");
    private static final String SERIALIZER = "io.confluent.kafka.serializers.KafkaAvroSerializer";
    private static final String DESERIALIZER = "io.confluent.kafka.serializers.KafkaAvroDeserializer";

    private static EmbeddedKafka kafka;
    private static EmbeddedRegistry registry;
    private String topic;

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        registry = EmbeddedRegistry.startTemporary();
    }

    @AfterAll
    static void stop() throws Exception {
        registry.close();
        kafka.close();
    }

    @BeforeEach
    void nameTopic(TestInfo test) {
        topic = "r." + test.getTestMethod().orElseThrow().getName();
    }

    @Test
    void aSchemaIsRegisteredOnceAndFoundAgain() throws Exception {
        RegistryOptions options = RegistryOptions.of(List.of(registry.url()));
        String subject = SchemaRegistryClient.valueSubject(topic);

        RegistryOutcome before = new SchemaRegistryClient(options.withAutoRegister(false))
                .resolve(subject, ProcessSignalEvent.getClassSchema());
        RegistryOutcome first = new SchemaRegistryClient(options).resolve(subject, ProcessSignalEvent.getClassSchema());
        // As the spool gives it, from its file; the generated class says more, but means the same.
        RegistryOutcome second =
                new SchemaRegistryClient(options.withAutoRegister(false)).resolve(subject, EventSchema.schema());

        assertThat(before.kind()).isEqualTo(RegistryOutcome.Kind.MISSING);
        assertThat(first.isRegistered()).isTrue();
        assertThat(second.schemaId()).isEqualTo(first.schemaId());
        assertThat(get("/subjects/" + subject + "/versions")).isEqualTo("[1]");
        assertThat(get("/schemas/ids/" + first.schemaId())).doesNotContain("avro.java.string");
    }

    @Test
    void nothingIsSentBeforeTheRegistryHasAnswered() throws Exception {
        try (EmbeddedRegistry late = EmbeddedRegistry.create(0);
                PublishRig rig = PublishRig.with(kafka.bootstrapServers(), late.url(), topic)
                        .start()) {
            rig.append(100, 4);
            rig.awaitState(State.WAITING_FOR_REGISTRY);
            assertThat(rig.status.condition().reason())
                    .contains(late.url(), "connection refused")
                    .doesNotContain("\n");
            assertThat(rig.log.size()).isEqualTo(100);

            late.start();
            rig.awaitEmptyLog();

            assertThat(rig.content().sequences())
                    .containsExactlyElementsOf(LongStream.range(0, 100).boxed().toList());
            assertThat(rig.status.condition().state()).isEqualTo(State.PUBLISHING);
        }
    }

    @Test
    void aRefusedSchemaIsSaidAndWaitedFor() throws Exception {
        String subject = SchemaRegistryClient.valueSubject(topic);
        call("PUT", "/config/" + subject, "{\"compatibility\":\"FULL\"}");
        call(
                "POST",
                "/subjects/" + subject + "/versions",
                "{\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"ProcessSignalEvent\\\","
                        + "\\\"namespace\\\":\\\"io.processsignals.events\\\",\\\"fields\\\":"
                        + "[{\\\"name\\\":\\\"node\\\",\\\"type\\\":\\\"int\\\"}]}\"}");
        try (PublishRig rig =
                PublishRig.with(kafka.bootstrapServers(), registry.url(), topic).start()) {
            rig.append(10, 2);
            rig.awaitState(State.WAITING_FOR_REGISTRY);
            assertThat(rig.status.condition().reason())
                    .contains(subject, "incompatible", "HTTP 409")
                    .doesNotContain("\n");

            call("PUT", "/config/" + subject, "{\"compatibility\":\"NONE\"}");
            rig.awaitEmptyLog();

            assertThat(rig.content().sequences()).hasSize(10);
        }
    }

    @Test
    void theGenuineDeserializerReadsWhatTheBuiltInEncoderWrote() throws Exception {
        try (PublishRig rig = PublishRig.with(kafka.bootstrapServers(), registry.url(), topic)
                        .start();
                GenuineDeserializer genuine = new GenuineDeserializer(registry.url())) {
            rig.append(20, 3);
            rig.append(TestEvents.large(1, 20, 1, 500));
            rig.awaitEmptyLog();

            List<ConsumerRecord<byte[], byte[]>> records = rig.content().records();
            assertThat(records).hasSize(21);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                assertThat(genuine.json(topic, record.value())).isEqualTo(generic(record.value()));
            }
        }
    }

    @Test
    void theGenuineSerializerWritesTheSameBytes() throws Exception {
        RegistryOptions options = RegistryOptions.of(List.of(registry.url()));
        WireFormatEncoder builtIn = new WireFormatEncoder(new SchemaRegistryClient(options), topic);
        try (PublishRig rig = PublishRig.with(kafka.bootstrapServers(), registry.url(), topic)
                        .encoder(PluginEncoder.load(CONFLUENT, SERIALIZER, options, topic))
                        .start();
                GenuineDeserializer genuine = new GenuineDeserializer(registry.url())) {
            rig.append(20, 3);
            rig.append(TestEvents.large(1, 20, 1, 500));
            rig.awaitEmptyLog();

            assertThat(builtIn.prepare(EventSchema.schema()).isRegistered()).isTrue();
            List<ConsumerRecord<byte[], byte[]>> records = rig.content().records();
            assertThat(records).hasSize(21);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                ProcessSignalEvent event = TopicContent.event(record);
                assertThat(record.value())
                        .isEqualTo(builtIn.encode(new LogRecord(
                                0,
                                event.getEventType(),
                                0,
                                record.key(),
                                framed(TestEvents.body(event)),
                                EventSchema.schema())));
                assertThat(genuine.json(topic, record.value())).isEqualTo(generic(record.value()));
            }
            // One schema, not one from us and one with Java's decorations from the serializer.
            assertThat(get("/subjects/" + SchemaRegistryClient.valueSubject(topic) + "/versions"))
                    .isEqualTo("[1]");
        }
    }

    @Test
    void aBodyThatIsNoEventIsDroppedByTheGenuineSerializerAndTold() throws Exception {
        RegistryOptions options = RegistryOptions.of(List.of(registry.url()));
        try (PublishRig rig = PublishRig.with(kafka.bootstrapServers(), registry.url(), topic)
                .encoder(PluginEncoder.load(CONFLUENT, SERIALIZER, options, topic))
                .start()) {
            rig.append(2, 1);
            var broken = TestEvents.encode(TestEvents.event(1, 99, 0));
            broken.valueLength = 3;
            rig.log.append(broken);
            rig.append(2, 1);
            rig.awaitEmptyLog();

            assertThat(rig.status.undecodable()).isOne();
            assertThat(rig.losses)
                    .singleElement()
                    .satisfies(loss -> assertThat(loss.stage()).isEqualTo(LossStage.DECODE));
            assertThat(rig.content().sequences()).containsExactly(0L, 1L, 2L, 3L);
        }
    }

    @Test
    void theGenuineSerializerTakesCredentialsAndWaitsForItsRegistry() throws Exception {
        try (EmbeddedRegistry late = EmbeddedRegistry.create(0)) {
            RegistryOptions options =
                    RegistryOptions.of(List.of(late.url())).withBasicAuth(new Password("alice:hunter2"));
            try (PublishRig rig = PublishRig.with(kafka.bootstrapServers(), late.url(), topic)
                    .encoder(PluginEncoder.load(CONFLUENT, SERIALIZER, options, topic))
                    .start()) {
                rig.append(5, 1);
                rig.awaitState(State.WAITING_FOR_REGISTRY);

                late.start();
                rig.awaitEmptyLog();

                assertThat(rig.content().sequences()).hasSize(5);
            }
        }
    }

    @Test
    void aSerializerThatCannotBeLoadedSaysWhatToDo(@TempDir Path empty) {
        RegistryOptions options = RegistryOptions.of(List.of(registry.url()));

        assertThat(catchThrowable(() -> PluginEncoder.load(empty, SERIALIZER, options, topic)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("plugin.path");
        assertThat(catchThrowable(() -> PluginEncoder.load(CONFLUENT, "no.such.Serializer", options, topic)))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("no.such.Serializer", "plugin.path");
        assertThat(catchThrowable(() -> PluginEncoder.load(CONFLUENT, "java.lang.Object", options, topic)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no Kafka serializer");
    }

    private static String generic(byte[] value) throws IOException {
        int header = WireFormatEncoder.HEADER_LENGTH;
        return new GenericDatumReader<GenericRecord>(EventSchema.schema())
                .read(null, DecoderFactory.get().binaryDecoder(value, header, value.length - header, null))
                .toString();
    }

    private static String get(String path) throws IOException, InterruptedException {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(registry.url() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static void call(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(registry.url() + path))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    /**
     * Confluent's deserializer alone with its own Avro and Kafka, as an application elsewhere would have it: nothing of
     * this project is visible to it, so that it reads generic records by the registry's schema.
     */
    private static final class GenuineDeserializer implements AutoCloseable {
        private final URLClassLoader loader;
        private final Object deserializer;

        GenuineDeserializer(String registryUrl) throws Exception {
            List<URL> jars = new ArrayList<>();
            try (Stream<Path> files = Files.list(CONFLUENT)) {
                for (Path file : files.toList()) {
                    jars.add(file.toUri().toURL());
                }
            }
            // SLF4J is the one thing that the bundle does not bring.
            jars.add(Logger.class.getProtectionDomain().getCodeSource().getLocation());
            loader = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            deserializer = inLoader(() ->
                    loader.loadClass(DESERIALIZER).getDeclaredConstructor().newInstance());
            inLoader(() -> deserializer
                    .getClass()
                    .getMethod("configure", Map.class, boolean.class)
                    .invoke(deserializer, Map.of("schema.registry.url", registryUrl), false));
        }

        String json(String topic, byte[] value) throws Exception {
            return inLoader(() -> deserializer
                            .getClass()
                            .getMethod("deserialize", String.class, byte[].class)
                            .invoke(deserializer, topic, value))
                    .toString();
        }

        private <T> T inLoader(Callable<T> action) throws Exception {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                return action.call();
            } finally {
                thread.setContextClassLoader(before);
            }
        }

        @Override
        public void close() throws IOException {
            loader.close();
        }
    }

    private static byte[] framed(byte[] body) {
        return ByteBuffer.allocate(LogRecord.BODY_OFFSET + body.length)
                .put(LogRecord.BODY_OFFSET, body)
                .array();
    }
}
