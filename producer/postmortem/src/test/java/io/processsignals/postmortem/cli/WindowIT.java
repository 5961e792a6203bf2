// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalOrigin;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.Registration;
import io.processsignals.postmortem.SpoolFolder;
import io.processsignals.postmortem.replay.TopicOutput;
import io.processsignals.postmortem.source.EventDecoder;
import io.processsignals.postmortem.source.RegistryClient;
import io.processsignals.postmortem.source.TopicAddress;
import io.processsignals.postmortem.source.TopicSource;
import io.processsignals.postmortem.source.Window;
import io.processsignals.postmortem.why.Incident;
import io.processsignals.postmortem.why.Report;
import io.processsignals.postmortem.why.Selection;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code why} and {@code replay} over a real topic. */
class WindowIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARTITIONS = 3;
    private static final long HOUR = 3_600_000;

    private static EmbeddedKafka kafka;
    private static EmbeddedRegistry registry;
    private static int schemaId;

    private String topic;

    @BeforeAll
    static void startServers() throws Exception {
        kafka = EmbeddedKafka.startTemporary();
        registry = EmbeddedRegistry.startTemporary();
        schemaId = Registration.register(registry.url(), EventSchema.schema());
    }

    @AfterAll
    static void stopServers() throws Exception {
        registry.close();
        kafka.close();
    }

    @BeforeEach
    void createTopic() throws Exception {
        topic = createTopic(PARTITIONS);
    }

    @Test
    void saysWhoKilledAProcessByItsPidAlone() throws Exception {
        send(killed(42, 1));
        send(killed(43, 3));

        CommandRun outcome = run("why", "--pid", "42", "--node", "n1", window()[0], window()[1]);

        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .startsWith("VERDICT  USER_KILL  sleep(42) exit 137 on n1: SIGKILL by bash(8121)")
                .contains("confidence: high")
                .contains("SIGNAL_SENT");
    }

    @Test
    void answersInJson() throws Exception {
        send(killed(42, 1));

        CommandRun outcome = run("why", "--code", "137", "--last", "-o", "json", window()[0], window()[1]);

        assertThat(outcome.exitCode()).isZero();
        JsonNode json = JSON.readTree(outcome.out());
        assertThat(json.path("verdict").asText()).isEqualTo("USER_KILL");
        assertThat(json.path("tgid").asInt()).isEqualTo(42);
        assertThat(json.path("evidence").get(0).path("offset").isInt()).isTrue();
    }

    @Test
    void saysThatNothingIsThere() throws Exception {
        send(killed(42, 1));

        CommandRun pod = run("why", "--pod", "a/b", window()[0], window()[1]);
        CommandRun replayedPod = run("replay", "--pod", "a/b", window()[0], window()[1]);
        CommandRun before = run("why", "--pid", "42", "--from=2020-01-01", "--to=2020-01-02");
        CommandRun replay = run("replay", "--from=2020-01-01", "--to=2020-01-02");

        assertThat(List.of(pod, replayedPod, before, replay)).allSatisfy(outcome -> {
            assertThat(outcome.exitCode()).isEqualTo(ExitCodes.FINDING);
            assertThat(outcome.err().lines()).hasSize(1);
        });
        assertThat(pod.err()).contains("no death of pod a/b", "check the name");
        assertThat(replayedPod.err()).contains("no event", "2 read before the filters");
    }

    @Test
    void refusesWhatItCannotUse() {
        assertThat(run("why").exitCode()).isEqualTo(ExitCodes.USAGE);
        for (String command : List.of("why --code 137 --from=-1h --to=-2h", "replay --from=-1h --to=-2h")) {
            CommandRun empty = run(
                    command.split(" ")[0],
                    command.substring(command.indexOf(' ') + 1).split(" "));
            assertThat(empty.exitCode()).isEqualTo(ExitCodes.USAGE);
            assertThat(empty.err().lines()).singleElement().asString().contains("the window is empty");
        }
        assertThat(run("why", "--pod", "nameless").exitCode()).isEqualTo(ExitCodes.USAGE);
        assertThat(run("replay", "--from=yesterday").err()).contains("is not a time");
        assertThat(run("replay", "-o", "avro").err()).contains("--file");
    }

    /** Two deaths by one sender, and one more event of him that is missing, in the fourth of eight hours. */
    @Test
    void findsByItsPidAloneWhatTheWholeWindowTells() throws Exception {
        send(killed(42, 1, "n2", HOUR));
        send(List.of(at(running(1), 1_000)));
        send(incident());
        send(others(7 * HOUR));

        IncidentReader search = reader(42, 0);
        JsonNode found = report(search);

        assertThat(found).isEqualTo(report(reader(42, Long.MAX_VALUE)));
        assertThat(search.readFrom()).isEqualTo(Events.START.plusMillis(3 * HOUR));
        assertThat(found.path("timeline")).hasSize(3);
        assertThat(found.path("missingEvents").asInt()).isEqualTo(1);
        assertThat(found.path("cascade").path("consequences")).hasSize(1);
    }

    @Test
    void findsByItsPidAloneWhatANodeSentHoursLate() throws Exception {
        send(others(7 * HOUR));
        send(incident());

        IncidentReader search = reader(42, 0);
        JsonNode found = report(search);

        assertThat(found).isEqualTo(report(reader(42, Long.MAX_VALUE)));
        assertThat(found.path("missingEvents").asInt()).isEqualTo(1);
        assertThat(found.path("cascade").path("consequences")).hasSize(1);
    }

    @Test
    void looksForAPidInAllOfTheWindow() throws Exception {
        send(incident());
        send(others(7 * HOUR));

        IncidentReader search = reader(44, 0);
        Incident incident = read(search);

        assertThat(selection(44).of(incident)).isEmpty();
        assertThat(search.records()).isEqualTo(incident().size() + others(0).size());
        assertThat(search.readFrom()).isEqualTo(Events.START);
    }

    /** More records than are read at once. */
    @Test
    void saysWhatItDidNotRead() throws Exception {
        send(killed(42, 1, "n2", HOUR));
        List<ProcessSignalEvent> earlier = killed(42, 1, "n1", 2 * HOUR);
        earlier.forEach(event -> event.setStartTime(1));
        send(earlier);
        send(killed(42, 3, "n1", 3 * HOUR));
        try (KafkaProducer<String, byte[]> producer = producer()) {
            for (int i = 0; i < 210_000; i++) {
                var unused = producer.send(new ProducerRecord<>(
                        topic,
                        null,
                        Events.START.plusMillis(6 * HOUR).toEpochMilli(),
                        "n3/" + (100 + i % 7),
                        new byte[1]));
            }
        }

        CommandRun why = run("why", "--pid=42", "--from=" + Events.START, "--to=" + Events.START.plusMillis(8 * HOUR));

        String read = Events.START.plusMillis(3 * HOUR).toString();
        assertThat(why.out())
                .startsWith("VERDICT  USER_KILL  sleep(42) exit 137 on n1")
                .contains("holes in the sequences were looked for from "
                        + Events.START.plusMillis(3 * HOUR - 15 * 60_000 + 1))
                .endsWith("and 1 more of pid 42 in what was read of the window\n");
        assertThat(why.err())
                .contains("before " + read + ", deaths of pid 42 were looked for on node n1 only", "--to=" + read);
    }

    private static List<ProcessSignalEvent> incident() {
        List<ProcessSignalEvent> events = new ArrayList<>();
        long time = 3 * HOUR + HOUR / 2;
        events.add(at(Events.kill(10).setTgid(50), time - 60_000));
        events.addAll(killed(42, 12, "n1", time));
        events.addAll(killed(43, 13, "n1", time + 10));
        return events;
    }

    /** In every partition. */
    private static List<ProcessSignalEvent> others(long millis) {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            events.add(at(Events.exit(i).setNode("n3").setTgid(100 + i), millis + i));
        }
        return events;
    }

    private static ProcessSignalEvent.Builder running(long sequence) {
        return Events.exit(sequence)
                .setEventType(EventType.PROCESS_RUNNING)
                .setHook(Hook.AGENT)
                .setExitInfo(null);
    }

    private static Selection selection(int pid) {
        return new Selection(Optional.empty(), Optional.empty(), Optional.of(pid), Optional.empty(), Optional.empty());
    }

    /** Of eight hours. */
    private static IncidentReader reader(int pid, long small) {
        Window window = new Window(Events.START, Events.START.plusMillis(8 * HOUR), Duration.ofMinutes(10));
        return new IncidentReader(selection(pid), window, new Progress(new PrintWriter(Writer.nullWriter())), small);
    }

    private Incident read(IncidentReader reader) throws Exception {
        try (TopicSource source = TopicSource.open(
                new TopicAddress(kafka.bootstrapServers(), topic, Map.of()),
                new EventDecoder(new RegistryClient(registry.url(), Map.of())))) {
            return reader.read(source);
        }
    }

    private JsonNode report(IncidentReader reader) throws Exception {
        Incident incident = read(reader);
        return new Report(incident, selection(42).of(incident).get(0)).toJson(JSON);
    }

    @Test
    void replaysInTheOrderOfTimeWithoutDuplicates() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            events.add(at(Events.kill(i).setTgid(i % 7 + 1), i));
        }
        send(events);
        send(events.subList(100, 200));
        sendForeign();

        CommandRun outcome = run("replay", "-o", "json", window()[0], window()[1]);

        List<Long> sequences = new ArrayList<>();
        for (String line : outcome.out().lines().toList()) {
            sequences.add(JSON.readTree(line).path("sequence").longValue());
        }
        assertThat(outcome.exitCode()).isZero();
        assertThat(sequences).hasSize(300).isSorted();
        assertThat(outcome.err()).contains("skipped 1 record that is no event").doesNotContain("missing");
    }

    @Test
    void filtersAndShowsGaps() throws Exception {
        send(List.of(at(Events.kill(1), 1), at(Events.kill(4).setTgid(7), 2), at(Events.exit(1), 3)));

        CommandRun typed = run("replay", "-o", "json", "--type", "process_exit", window()[0], window()[1]);
        CommandRun pid = run("replay", "-o", "json", "--pid", "7", window()[0], window()[1]);

        assertThat(typed.out().lines()).hasSize(1);
        assertThat(typed.err()).contains("2 events are missing");
        assertThat(pid.out().lines()).hasSize(1);
    }

    @Test
    void savesAFileThatItReadsAgain(@TempDir Path folder) throws Exception {
        send(killed(42, 1));
        Path file = folder.resolve("night.avro");

        assertThat(run("replay", "-o", "avro", "--file", file.toString(), window()[0], window()[1])
                        .exitCode())
                .isZero();
        CommandRun again = CommandRun.of("replay", "-o", "json", "--avro", file.toString(), window()[0], window()[1]);
        CommandRun why = CommandRun.of("why", "--pid", "42", "--avro", file.toString(), window()[0], window()[1]);

        assertThat(again.out().lines()).hasSize(2);
        assertThat(why.out()).startsWith("VERDICT  USER_KILL");
    }

    @Test
    void sendsTheSameRecordsToAnotherTopic() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            events.add(at(Events.kill(i).setTgid(i % 11 + 1), i));
        }
        send(events);
        String first = createTopic(PARTITIONS);
        String second = createTopic(PARTITIONS);

        assertThat(run("replay", "--to-topic", first, window()[0], window()[1]).exitCode())
                .isZero();
        assertThat(run("replay", "--to-topic", second, window()[0], window()[1]).exitCode())
                .isZero();
        CommandRun other = run("replay", "--to-topic", createTopic(2), window()[0], window()[1]);

        List<String> original = content(topic, false);
        assertThat(content(first, true)).isEqualTo(original);
        assertThat(content(second, true)).isEqualTo(original);
        assertThat(other.exitCode()).isEqualTo(ExitCodes.CANNOT_RUN);
        assertThat(other.err()).contains("2 partitions");
    }

    @Test
    void aReplayOfAReplayIsTheSame() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            events.add(at(Events.kill(i).setTgid(i % 11 + 1), i));
        }
        send(events);
        send(events.subList(50, 150));
        List<String> unique = content(topic, false).stream().distinct().toList();
        String first = createTopic(PARTITIONS);
        String second = createTopic(PARTITIONS);

        assertThat(run("replay", "--to-topic", first, "--speed", "10x", window()[0], window()[1])
                        .exitCode())
                .isZero();
        topic = first;
        assertThat(run("replay", "--to-topic", second, window()[0], window()[1]).exitCode())
                .isZero();

        assertThat(content(first, true)).hasSize(300).isEqualTo(unique);
        assertThat(content(second, true)).isEqualTo(unique);
    }

    /** Two nodes, one of them late; a clock that steps back; records sent twice. */
    @Test
    void aReplayOfAReplayKeepsSetPartitionsAndOrderOfEachKey() throws Exception {
        List<ProcessSignalEvent> late = new ArrayList<>();
        for (int i = 1; i <= 400; i++) {
            int millis = i > 200 && i <= 250 ? i - 150 : i;
            ProcessSignalEvent event = at(Events.kill(i).setTgid(i % 13 + 1).setNode(i % 3 == 0 ? "n2" : "n1"), millis);
            event.setBootTime(1_000_000 + i * 1_000L);
            if (event.getNode().equals("n2")) {
                late.add(event);
            } else {
                send(List.of(event));
            }
        }
        send(late);
        send(late.subList(20, 90));
        String first = createTopic(PARTITIONS);
        String second = createTopic(PARTITIONS);

        assertThat(run("replay", "--to-topic", first, window()[0], window()[1]).exitCode())
                .isZero();
        List<String> original = content(topic, false).stream().distinct().toList();
        topic = first;
        assertThat(run("replay", "--to-topic", second, window()[0], window()[1]).exitCode())
                .isZero();

        assertThat(original).hasSize(400);
        for (List<String> copy : List.of(content(first, true), content(second, true))) {
            assertThat(copy).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(original);
            assertThat(byKey(copy)).isEqualTo(byKey(original));
        }
    }

    @Test
    void saysThatATopicWillNotKeepWhatIsReplayedIntoIt() throws Exception {
        send(killed(42, 1));
        String forEver = createTopic(PARTITIONS);
        String forAnHour = createTopic(PARTITIONS, Map.of("retention.ms", "3600000"));

        CommandRun kept = run("replay", "--to-topic", forEver, window()[0], window()[1]);
        CommandRun deleted = run("replay", "--to-topic", forAnHour, window()[0], window()[1]);

        assertThat(kept.exitCode()).isZero();
        assertThat(kept.err()).doesNotContain("retention");
        assertThat(deleted.exitCode()).isZero();
        assertThat(deleted.err())
                .contains("-- topic " + forAnHour + " deletes records 3600 s after their timestamps, and the oldest one"
                        + " sent is of 2026-11-20T14:02:03.113Z: set its retention.ms to -1 to keep them");
    }

    /** By partition and key, the records in their order. */
    private static Map<String, List<String>> byKey(List<String> content) {
        return content.stream().collect(Collectors.groupingBy(line -> line.substring(0, line.indexOf(' ', 2))));
    }

    @Test
    void saysThatTheWindowIsOlderThanTheTopic() throws Exception {
        send(killed(42, 1));
        send(killed(43, 3));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            Map<TopicPartition, RecordsToDelete> gone = new HashMap<>();
            for (int i = 0; i < PARTITIONS; i++) {
                gone.put(new TopicPartition(topic, i), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(gone).all().get();
        }

        CommandRun why = run("why", "--pid", "42", window()[0], window()[1]);
        CommandRun replay = run("replay", window()[0], window()[1]);

        assertThat(List.of(why, replay)).allSatisfy(outcome -> {
            assertThat(outcome.exitCode()).isEqualTo(ExitCodes.FINDING);
            assertThat(outcome.err().lines()).singleElement().asString().contains("begins before the oldest record");
        });
    }

    @Test
    void cannotRunWithAWrongRegistryOrTopicOrBroker() throws Exception {
        send(killed(42, 1));
        String kafkaOnly = kafka.bootstrapServers();

        for (String command : List.of("why --code 137", "replay")) {
            List<String> words = List.of(command.split(" "));
            assertCannotRun(words, kafkaOnly, "http://127.0.0.1:1", topic, "no schema registry answers");
            assertCannotRun(words, kafkaOnly, registry.url() + "/nowhere", topic, "not a schema registry");
            assertCannotRun(words, kafkaOnly, registry.url(), "no-such-topic", "there is no topic no-such-topic");
            assertCannotRun(words, "127.0.0.1:1", registry.url(), topic, "no Kafka broker answers");
        }
    }

    private static void assertCannotRun(
            List<String> command, String bootstrap, String registryUrl, String topic, String message) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of("--bootstrap-servers", bootstrap, "--registry", registryUrl, "--topic", topic));
        all.addAll(List.of(window()));
        CommandRun outcome = CommandRun.of(all.toArray(String[]::new));
        assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(ExitCodes.CANNOT_RUN);
        assertThat(outcome.err().lines()).singleElement().asString().contains(message);
    }

    /** A later version of the schema has one more field and one more kind of event. */
    @Test
    void readsWhatANewerAgentWrote() throws Exception {
        ObjectNode json = (ObjectNode) JSON.readTree(EventSchema.schema().toString());
        ((ArrayNode) json.get("fields"))
                .add(JSON.readTree("{\"name\":\"later\",\"type\":\"string\",\"default\":\"\"}"));
        for (JsonNode field : json.get("fields")) {
            if (field.get("name").asText().equals("eventType")) {
                ((ArrayNode) field.get("type").get("symbols")).insert(0, "PROCESS_FROZEN");
            }
        }
        Schema newer = new Schema.Parser().parse(json.toString());
        send(killed(42, 1), writtenWith(newer));
        sendForeign();

        CommandRun why = run("why", "--pid", "42", window()[0], window()[1]);
        CommandRun replay = run("replay", "-o", "json", "--type", "process_exit", window()[0], window()[1]);

        assertThat(why.out()).startsWith("VERDICT  USER_KILL");
        assertThat(why.err()).contains("skipped 1 record that is no event");
        assertThat(JSON.readTree(replay.out()).path("exitInfo").path("code").asInt())
                .isEqualTo(137);
    }

    /** An earlier version of the schema lacked fields, and kinds of event; with another layout of the head as well. */
    @Test
    void readsWhatAnOlderAgentWrote() throws Exception {
        for (List<String> missing : List.of(List.of("suppressedInfo", "throttleInfo"), List.of("cluster", "nsPid"))) {
            createTopic();
            ObjectNode json = (ObjectNode) JSON.readTree(EventSchema.schema().toString());
            ArrayNode fields = JSON.createArrayNode();
            for (JsonNode field : json.get("fields")) {
                if (!missing.contains(field.get("name").asText())) {
                    fields.add(field);
                }
                if (field.get("name").asText().equals("eventType")) {
                    ArrayNode symbols = (ArrayNode) field.get("type").get("symbols");
                    for (int i = symbols.size() - 1; i >= 0; i--) {
                        if (symbols.get(i).asText().equals("EVENTS_SUPPRESSED")) {
                            symbols.remove(i);
                        }
                    }
                }
            }
            json.set("fields", fields);
            send(killed(42, 1), writtenWith(new Schema.Parser().parse(json.toString())));

            CommandRun why = run("why", "--pid", "42", window()[0], window()[1]);
            CommandRun replay = run("replay", "-o", "json", window()[0], window()[1]);
            CommandRun tail = run("tail", "-o", "json", "--from-beginning", "--timeout", "200ms");

            assertThat(why.out()).as("%s: %s", missing, why.err()).startsWith("VERDICT  USER_KILL");
            assertThat(List.of(replay, tail)).allSatisfy(run -> {
                assertThat(run.exitCode()).isZero();
                assertThat(run.out().lines()).hasSize(2);
                assertThat(run.complaints()).isEmpty();
            });
        }
    }

    private static Format writtenWith(Schema writer) throws Exception {
        int id = Registration.register(registry.url(), writer);
        return event -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(ByteBuffer.allocate(5).putInt(1, id).array());
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            byte[] own = value(event);
            GenericRecord record = new GenericDatumReader<GenericRecord>(EventSchema.schema(), writer)
                    .read(null, DecoderFactory.get().binaryDecoder(own, 5, own.length - 5, null));
            new GenericDatumWriter<GenericRecord>(writer).write(record, encoder);
            return bytes.toByteArray();
        };
    }

    @Test
    void tellsHowFarItIs() throws Exception {
        send(List.of(at(Events.kill(1), 0), at(Events.kill(2), 2_300), at(Events.kill(3), 2_400)));

        CommandRun slow = run("replay", "--speed=1x", "-o", "json", window()[0], window()[1]);

        assertThat(slow.out().lines()).hasSize(3);
        assertThat(slow.err().lines()).singleElement().asString().contains("3 events read, 2 written");
    }

    @Test
    void leavesAWholeFileOnCtrlC(@TempDir Path folder) throws Exception {
        send(List.of(at(Events.kill(1), 0), at(Events.kill(2), 59_000)));
        Path file = folder.resolve("half.avro");
        Process replay = new ProcessBuilder(javaCommand(
                        System.getProperty("java.class.path"),
                        List.of(),
                        topicCommand("replay", "--speed=1x", "-o", "avro", "--file", file.toString())))
                .redirectErrorStream(true)
                .start();
        while (replay.isAlive() && !Files.exists(file)) {
            Thread.sleep(50);
        }

        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(replay.pid()))
                        .start()
                        .waitFor())
                .isZero();
        assertThat(replay.waitFor()).isZero();
        CommandRun again = CommandRun.of("replay", "-o", "json", "--avro", file.toString(), window()[0], window()[1]);
        assertThat(again.exitCode()).isNotEqualTo(ExitCodes.CANNOT_RUN);
        assertThat(again.out().lines()).hasSizeLessThan(2);
    }

    /** The built jars alone, by a user who may nothing, on what says that it is another system. */
    @Test
    void worksAsAnOrdinaryUserOffLinuxWithoutNativeCode(@TempDir Path folder) throws Exception {
        send(killed(42, 1));
        Path jars = Files.createDirectory(folder.resolve("jars"));
        Path pure = Files.createDirectory(folder.resolve("pure"));
        Path spool = Files.createDirectory(folder.resolve("spool"));
        SpoolFolder.write(spool, killed(42, 1));
        try (DirectoryStream<Path> built = Files.newDirectoryStream(Path.of("target/lib"), "*.jar")) {
            for (Path jar : built) {
                assertThat(jar.getFileName().toString()).doesNotContain("process-signals-native");
                Files.copy(jar, jars.resolve(jar.getFileName()));
                if (!hasNativeCode(jar)) {
                    Files.copy(jar, pure.resolve(jar.getFileName()));
                }
            }
        }
        assertThat(new ProcessBuilder("chmod", "-R", "a+rX,go-w", folder.toString())
                        .start()
                        .waitFor())
                .isZero();
        Path own = Files.createDirectory(folder.resolve("own"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxrwxrwx"));
        String file = own.resolve("night.avro").toString();

        // This JDK's own sockets need to know where they are; files do not.
        List<String> linux = List.of();
        List<String> mac = List.of("-Dos.name=Mac OS X", "-Dos.arch=aarch64");
        assertThat(ordinary(jars, own, linux, topicCommand("why", "--pid", "42")))
                .startsWith("VERDICT  USER_KILL");
        assertThat(ordinary(jars, own, linux, topicCommand("replay", "-o", "avro", "--file", file)))
                .isEmpty();
        for (List<String> source : List.of(List.of("--avro", file), List.of("--spool", spool.toString()))) {
            assertThat(ordinary(pure, own, mac, command("why", source, "--pid", "42")))
                    .startsWith("VERDICT  USER_KILL");
            assertThat(ordinary(pure, own, mac, command("replay", source, "-o", "json"))
                            .lines())
                    .hasSize(2)
                    .allMatch(line -> line.contains("SIGKILL"));
        }
    }

    private static boolean hasNativeCode(Path jar) throws Exception {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream().anyMatch(entry -> entry.getName().matches(".*\\.(so|dylib|jnilib|dll)"));
        }
    }

    /** What it prints, without a complaint. */
    private static String ordinary(Path jars, Path home, List<String> system, List<String> command) throws Exception {
        List<String> all = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            all.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        }
        List<String> javaOptions = new ArrayList<>(List.of("-Duser.home=" + home, "-Djava.library.path=" + home));
        javaOptions.addAll(system);
        all.addAll(javaCommand(jars + "/*", javaOptions, command));
        Path err = home.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(all).directory(home.toFile()).redirectError(err.toFile());
        builder.environment().put("HOME", home.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output + Files.readString(err)).isZero();
        assertThat(CommandRun.complaints(Files.readString(err))).isEmpty();
        return output;
    }

    private static List<String> javaCommand(String classPath, List<String> javaOptions, List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events"));
        all.addAll(javaOptions);
        all.addAll(List.of("-cp", classPath, PostmortemCommand.class.getName()));
        all.addAll(command);
        return all;
    }

    private List<String> topicCommand(String name, String... options) {
        List<String> source = List.of(
                "--bootstrap-servers", kafka.bootstrapServers(), "--registry", registry.url(), "--topic", topic);
        return command(name, source, options);
    }

    private static List<String> command(String name, List<String> source, String... options) {
        List<String> all = new ArrayList<>(List.of(name));
        all.addAll(source);
        all.addAll(List.of(options));
        all.addAll(List.of(window()));
        return all;
    }

    /** Partition by partition: key, time and value of each record. */
    private static List<String> content(String topic, boolean marked) {
        List<String> content = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            for (int i = 0; i < PARTITIONS; i++) {
                TopicPartition partition = new TopicPartition(topic, i);
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                long end = consumer.endOffsets(List.of(partition)).get(partition);
                while (consumer.position(partition) < end) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                        assertThat(record.headers().headers(TopicOutput.HEADER)).hasSize(marked ? 1 : 0);
                        content.add(i + " " + new String(record.key(), StandardCharsets.UTF_8) + " "
                                + record.timestamp() + " " + Arrays.hashCode(record.value()));
                    }
                }
            }
        }
        return content;
    }

    private static List<ProcessSignalEvent> killed(int tgid, long sequence) {
        return killed(tgid, sequence, "n1", sequence);
    }

    private static List<ProcessSignalEvent> killed(int tgid, long sequence, String node, long millis) {
        ProcessSignalEvent signal = at(Events.kill(sequence).setTgid(tgid).setNode(node), millis);
        ProcessSignalEvent exit = at(Events.exit(sequence).setTgid(tgid).setNode(node), millis + 1);
        exit.setExitInfo(ExitInfo.newBuilder()
                .setWaitStatus(9)
                .setCode(137)
                .setSignal(9)
                .setSignalName("SIGKILL")
                .setCause(ExitCause.newBuilder()
                        .setSignal(9)
                        .setSignalName("SIGKILL")
                        .setOrigin(SignalOrigin.USER)
                        .setBootTime(signal.getBootTime())
                        .setTimestamp(signal.getTimestamp())
                        .setSenderPid(8121)
                        .setSender(Events.sender(8121, "bash", 700, "sshd"))
                        .build())
                .build());
        exit.setPpid(1);
        signal.setPpid(1);
        return List.of(signal, exit);
    }

    private static ProcessSignalEvent at(ProcessSignalEvent.Builder event, long millis) {
        return event.setTimestamp(Events.START.plusMillis(millis))
                .setBootTime(1_000_000 + millis * 1_000)
                .build();
    }

    private static String[] window() {
        Instant start = Events.START;
        return new String[] {"--from=" + start.minusSeconds(60), "--to=" + start.plusSeconds(60)};
    }

    private CommandRun run(String command, String... arguments) {
        return CommandRun.of(Stream.concat(
                        Stream.of(
                                command,
                                "--bootstrap-servers",
                                kafka.bootstrapServers(),
                                "--registry",
                                registry.url(),
                                "--topic",
                                topic),
                        Arrays.stream(arguments))
                .toArray(String[]::new));
    }

    private static String createTopic(int partitions) throws Exception {
        return createTopic(partitions, Map.of());
    }

    private static String createTopic(int partitions, Map<String, String> configs) throws Exception {
        String name = "w-" + UUID.randomUUID();
        Topics.create(kafka.bootstrapServers(), new NewTopic(name, partitions, (short) 1).configs(configs));
        return name;
    }

    /** How to write an event. */
    private interface Format {
        byte[] value(ProcessSignalEvent event) throws Exception;
    }

    private void send(List<ProcessSignalEvent> events) throws Exception {
        send(events, WindowIT::value);
    }

    private void send(List<ProcessSignalEvent> events, Format format) throws Exception {
        try (KafkaProducer<String, byte[]> producer = producer()) {
            for (ProcessSignalEvent event : events) {
                producer.send(new ProducerRecord<>(
                                topic,
                                null,
                                event.getTimestamp().toEpochMilli(),
                                event.getNode() + "/" + event.getTgid(),
                                format.value(event)))
                        .get();
            }
        }
    }

    private void sendForeign() throws Exception {
        try (KafkaProducer<String, byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>(topic, 0, Events.START.toEpochMilli(), "n1/1", new byte[] {1, 2, 3}))
                    .get();
        }
    }

    private static KafkaProducer<String, byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "linger.ms", 0),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    private static byte[] value(ProcessSignalEvent event) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(ByteBuffer.allocate(5).putInt(1, schemaId).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new SpecificDatumWriter<ProcessSignalEvent>(
                        ProcessSignalEvent.getClassSchema(), SpecificData.getForClass(ProcessSignalEvent.class))
                .write(event, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }
}
