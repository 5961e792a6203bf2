// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.embedded.Topics;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real records of the death lab from a real broker, joined by three programs that share no code: Kafka Streams, Go
 * and Node.js. Each names the same sender for each death, and the right one by the lab's own account.
 */
@Timeout(900)
class JoinIT {
    private static final String TOPIC = "process-signals.events.v1";
    private static final String JOINED = "process-signals.joined";
    private static final Path LAB_SOURCE = Path.of("../agent/src/test/lab");
    private static final Path LAB = Path.of("target/deathlab");
    private static final Path NODE_SOURCE = Path.of("../quickstart/src/test/interop");
    private static final Path NODE = Path.of("target/node");
    private static final Path GO = Path.of("target/join");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static QuickstartProcess quickstart;
    private static List<JsonNode> truths;
    private static List<ProcessSignalEvent> events;
    private static Map<TopicPartition, Long> ends;
    private static Map<String, ExplainedDeath> joined;

    @TempDir
    private static Path state;

    @BeforeAll
    static void joinWhatTheLabDoes() throws Exception {
        run(null, "make", "-s", "-C", LAB_SOURCE.toString(), "OUT=" + LAB.toAbsolutePath());
        quickstart = QuickstartProcess.start();
        Topics.create(quickstart.bootstrapServers(), JOINED, 3);
        // The join runs while the deaths happen, as a correlation engine does.
        try (KafkaStreams streams = SignalJoin.start(
                SignalJoin.topology(TOPIC, JOINED, quickstart.registryUrl()),
                Map.of(
                        "bootstrap.servers",
                        quickstart.bootstrapServers(),
                        "state.dir",
                        state.toString(),
                        "auto.offset.reset",
                        "earliest",
                        "commit.interval.ms",
                        200,
                        "num.stream.threads",
                        2))) {
            truths = deaths();
            readUntilAllEnded(truths);
            awaitProcessed();
            assertThat(streams.state()).isEqualTo(KafkaStreams.State.RUNNING);
        }
        joined = new HashMap<>();
        for (ConsumerRecord<String, byte[]> record : read(JOINED)) {
            joined.put(record.key(), JSON.readValue(record.value(), ExplainedDeath.class));
        }
        // The join goes on; the others read to these ends.
        joined.keySet()
                .retainAll(events.stream()
                        .filter(event -> event.getEventType() == EventType.PROCESS_EXIT)
                        .map(JoinIT::process)
                        .toList());
    }

    @AfterAll
    static void stop() throws Exception {
        if (quickstart != null) {
            quickstart.close();
        }
    }

    @Test
    void theJoinNamesWhoTheLabSaysDidIt() {
        Map<String, Integer> kinds = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        for (JsonNode truth : truths) {
            JsonNode cause = truth.path("cause");
            ExplainedDeath death = of(truth);
            Set<Integer> senders = new TreeSet<>();
            cause.path("senders")
                    .forEach(sender -> senders.add(sender.path("tgid").asInt()));
            boolean right;
            if (cause.isMissingNode()) {
                right = death == null;
            } else if (death == null) {
                right = !cause.path("open").isEmpty();
            } else {
                boolean nobody = senders.isEmpty() || !cause.path("open").isEmpty();
                right = death.signal() == cause.path("signal").asInt()
                        && (senders.contains(death.senderTgid()) || (nobody && death.senderTgid() == 0));
                kinds.merge(truth.path("kind").asText(), 1, Integer::sum);
            }
            if (!right) {
                wrong.add(truth.path("kind").asText() + " " + cause + " joined: " + death);
            }
        }
        System.out.println("joined " + joined.size() + " deaths to their signals, of the lab's kinds: " + kinds);
        assertThat(wrong).isEmpty();
        assertThat(kinds).hasSizeGreaterThan(25);
    }

    @Test
    void theJoinAgreesWithTheCauseThatTheExitCarries() {
        int compared = 0;
        for (ProcessSignalEvent event : events) {
            ExitCause cause = event.getEventType() == EventType.PROCESS_EXIT
                    ? event.getExitInfo().getCause()
                    : null;
            ExplainedDeath death = cause == null ? null : joined.get(process(event));
            if (death != null) {
                ProcessReference sender = cause.getSender();
                assertThat(death.senderTgid()).as("%s", event).isEqualTo(sender == null ? 0 : sender.getTgid());
                assertThat(death.signal()).as("%s", event).isEqualTo(cause.getSignal());
                compared++;
            }
        }
        assertThat(compared).isEqualTo(joined.size()).isPositive();
    }

    @Test
    void aGoConsumerJoinsTheSame() throws Exception {
        Map<String, String> environment = Map.of(
                "GOPATH",
                "/usr/share/gocode",
                "GO111MODULE",
                "off",
                "GOCACHE",
                Path.of("target/gocache").toAbsolutePath().toString());
        run(environment, "go", "build", "-o", GO.toString(), "./src/test/go/join");

        assertThat(consume(List.of(GO.toAbsolutePath().toString()), Path.of("."), "go"))
                .containsExactlyInAnyOrderElementsOf(lines());
    }

    @Test
    void aNodeConsumerJoinsTheSame() throws Exception {
        Files.createDirectories(NODE);
        for (String file : List.of("package.json", "package-lock.json", "read.js", "join.js")) {
            Files.copy(NODE_SOURCE.resolve(file), NODE.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        run(null, "npm", "--prefix", NODE.toString(), "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund");

        assertThat(consume(List.of("node", "join.js"), NODE, "node")).containsExactlyInAnyOrderElementsOf(lines());
    }

    private static List<String> lines() {
        return joined.values().stream()
                .map(death -> String.join(
                        "\t",
                        death.node(),
                        death.bootId(),
                        Integer.toString(death.tgid()),
                        Long.toString(death.startTime()),
                        Integer.toString(death.signal()),
                        Integer.toString(death.senderTgid()),
                        Long.toString(death.senderStartTime())))
                .toList();
    }

    private static ExplainedDeath of(JsonNode truth) {
        JsonNode victim = truth.path("victim");
        return joined.values().stream()
                .filter(death -> death.tgid() == victim.path("tgid").asInt()
                        && death.startTime() >= victim.path("bornAfterNs").asLong() / 1_000
                        && death.startTime() <= victim.path("bornBeforeNs").asLong() / 1_000)
                .findFirst()
                .orElse(null);
    }

    private static String process(ProcessSignalEvent event) {
        return event.getNode() + "/" + event.getBootId() + "/" + event.getTgid() + "/" + event.getStartTime();
    }

    /** Runs the lab; its account of who died of what. */
    private static List<JsonNode> deaths() throws Exception {
        Process lab = new ProcessBuilder(
                        LAB.resolve("deathlab").toAbsolutePath().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<JsonNode> died = new ArrayList<>();
        try (BufferedReader lines = lab.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode truth = JSON.readTree(line);
                if (truth.path("outcome").asText().equals("died")) {
                    died.add(truth);
                }
            }
        }
        assertThat(lab.waitFor()).as("exit code of the death lab").isZero();
        return died;
    }

    private static void readUntilAllEnded(List<JsonNode> victims) throws Exception {
        Instant deadline = Instant.now().plusSeconds(120);
        Set<Integer> missing;
        do {
            assertThat(Instant.now()).as("all exits are in the topic").isBefore(deadline);
            Thread.sleep(500);
            missing = victims.stream()
                    .map(truth -> truth.path("victim").path("tgid").asInt())
                    .collect(Collectors.toCollection(HashSet::new));
            EventDeserializer deserializer = new EventDeserializer(quickstart.registryUrl());
            events = new ArrayList<>();
            ends = new HashMap<>();
            for (ConsumerRecord<String, byte[]> record : read(TOPIC)) {
                ProcessSignalEvent event = deserializer.deserialize(TOPIC, record.value());
                events.add(event);
                ends.merge(new TopicPartition(TOPIC, record.partition()), record.offset() + 1, Math::max);
                if (event.getEventType() == EventType.PROCESS_EXIT) {
                    missing.remove(event.getTgid());
                }
            }
        } while (!missing.isEmpty());
    }

    /** Until the join has taken what was read, and all that itself wrote between its two halves. */
    private static void awaitProcessed() throws Exception {
        Instant deadline = Instant.now().plusSeconds(120);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", quickstart.bootstrapServers()))) {
            while (true) {
                Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(
                                "process-signals-join")
                        .partitionsToOffsetAndMetadata()
                        .get();
                boolean inputDone = ends.entrySet().stream()
                        .allMatch(end -> committed.containsKey(end.getKey())
                                && committed.get(end.getKey()).offset() >= end.getValue());
                Map<TopicPartition, Long> between =
                        admin.listTopics().names().get().stream().anyMatch(name -> name.endsWith("-repartition"))
                                ? endOffsets(committed.keySet())
                                : Map.of();
                boolean done = !between.isEmpty()
                        && between.entrySet().stream()
                                .allMatch(end -> committed.get(end.getKey()).offset() >= end.getValue());
                if (inputDone && done) {
                    return;
                }
                assertThat(Instant.now()).as("the join is done").isBefore(deadline);
                Thread.sleep(300);
            }
        }
    }

    /** Of the topics that the join writes to itself. */
    private static Map<TopicPartition, Long> endOffsets(Set<TopicPartition> partitions) {
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            return consumer.endOffsets(partitions.stream()
                    .filter(partition -> partition.topic().endsWith("-repartition"))
                    .toList());
        }
    }

    private static List<ConsumerRecord<String, byte[]>> read(String topic) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < end.get(partition))) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static KafkaConsumer<String, byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", quickstart.bootstrapServers()),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    /** Runs a consumer up to the same offsets; what it prints. */
    private static List<String> consume(List<String> program, Path folder, String name) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(quickstart.bootstrapServers(), quickstart.registryUrl(), TOPIC));
        ends.forEach((partition, end) -> command.add(partition.partition() + ":" + end));
        Path output = Path.of("target", name + ".tsv").toAbsolutePath();
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("%s ended", name).isTrue();
        assertThat(process.exitValue()).as("exit code of %s", name).isZero();
        return Files.readAllLines(output, StandardCharsets.UTF_8);
    }

    private static void run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        if (environment != null) {
            builder.environment().putAll(environment);
        }
        assertThat(builder.start().waitFor()).as("exit code of %s", command[0]).isZero();
    }
}
