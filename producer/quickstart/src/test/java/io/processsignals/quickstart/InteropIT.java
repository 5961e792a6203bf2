// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.postmortem.source.TopicAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Readers that share no code with the agent decode every record, and agree. */
@ExtendWith(RunningQuickstart.class)
class InteropIT {
    private static final String TOPIC = TopicAddress.DEFAULT_TOPIC;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static TreeMap<Integer, Long> ends;
    private static List<ConsumerRecord<String, byte[]>> records;
    private static List<String> decoded;

    @BeforeAll
    static void makeDeathsAndReadThem(Quickstart quickstart) throws Exception {
        Deaths.run(Deaths.program(), "children", "2000");
        Deaths.run("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 300 & kill -9 $!; done; wait");
        Process last = Deaths.run(Deaths.program(), "segv");
        try (TopicEvents events = new TopicEvents(quickstart.openReader(true))) {
            events.awaitExit(last.pid());
        }
        read(quickstart);
        try (ConfluentDeserializer confluent = new ConfluentDeserializer(quickstart.registryUrl())) {
            decoded = new ArrayList<>();
            for (ConsumerRecord<String, byte[]> record : records) {
                decoded.add(line(record, confluent.deserialize(TOPIC, record.value())));
            }
        }
    }

    @Test
    void theGenuineDeserializerDecodesEveryRecord() {
        assertThat(decoded).hasSize(records.size()).hasSizeGreaterThan(2_000);
    }

    @Test
    void aNodeConsumerDecodesEveryRecordToTheSame(Quickstart quickstart, @TempDir Path folder) throws Exception {
        Path output = folder.resolve("records.tsv");
        List<String> command = new ArrayList<>(
                List.of("node", "consumer.js", quickstart.bootstrapServers(), quickstart.registryUrl(), TOPIC));
        ends.forEach((partition, end) -> command.add(partition + ":" + end));
        run(command, installedConsumer(), output);

        assertThat(Files.readAllLines(output, StandardCharsets.UTF_8)).containsExactlyInAnyOrderElementsOf(decoded);
    }

    @Test
    void theKeyIsNodeAndProcess() {
        assertThat(decoded).allSatisfy(line -> {
            String[] fields = line.split("\t", -1);
            assertThat(fields[Field.KEY]).isEqualTo(fields[Field.NODE] + "/" + fields[Field.TGID]);
        });
    }

    @Test
    void theRecordsTimeIsTheEvents() {
        assertThat(decoded).allSatisfy(line -> {
            String[] fields = line.split("\t", -1);
            assertThat(Long.parseLong(fields[Field.RECORD_TIME]))
                    .isEqualTo(Long.parseLong(fields[Field.TIMESTAMP]) / 1_000);
        });
    }

    @Test
    void aProcessLiesInOnePartitionInTheKernelsOrder() {
        Map<String, String> partitions = new HashMap<>();
        Map<String, Long> lastSequence = new HashMap<>();
        Map<String, Boolean> exited = new HashMap<>();
        for (String line : decoded) {
            String[] fields = line.split("\t", -1);
            String key = fields[Field.KEY];
            assertThat(partitions.putIfAbsent(key, fields[0])).as(line).isIn(null, fields[0]);
            String counter = String.join(" ", key, fields[Field.CAPTURE_ID], fields[Field.HOOK], fields[Field.CPU]);
            long sequence = Long.parseLong(fields[Field.SEQUENCE]);
            Long before = lastSequence.put(counter, sequence);
            assertThat(sequence).as(line).isGreaterThan(before == null ? 0 : before);
            if (fields[Field.TYPE].equals("PROCESS_EXEC")) {
                assertThat(exited).as("an exec after the exit: " + line).doesNotContainKey(key);
            } else if (fields[Field.TYPE].equals("PROCESS_EXIT")) {
                exited.put(key, true);
            } else if (fields[Field.SIGNAL].equals("SIGKILL") && fields[Field.TYPE].equals("SIGNAL_SENT")) {
                assertThat(exited).as("killed after the exit: " + line).doesNotContainKey(key);
            }
        }
    }

    /** Columns of a line. */
    private static final class Field {
        static final int KEY = 2;
        static final int RECORD_TIME = 3;
        static final int NODE = 4;
        static final int CAPTURE_ID = 6;
        static final int HOOK = 7;
        static final int CPU = 8;
        static final int SEQUENCE = 9;
        static final int TIMESTAMP = 10;
        static final int TYPE = 12;
        static final int TGID = 13;
        static final int SIGNAL = 16;
    }

    /** As consumer.js prints it. */
    private static String line(ConsumerRecord<String, byte[]> record, ConfluentDeserializer.Fields event)
            throws Exception {
        StringJoiner line = new StringJoiner("\t");
        line.add(Integer.toString(record.partition()));
        line.add(Long.toString(record.offset()));
        line.add(record.key());
        line.add(Long.toString(record.timestamp()));
        for (String field : List.of(
                "node",
                "bootId",
                "captureId",
                "hook",
                "cpu",
                "sequence",
                "timestamp",
                "bootTime",
                "eventType",
                "tgid")) {
            line.add(String.valueOf(event.get(field)));
        }
        line.add(JSON.writeValueAsString(String.valueOf(event.get("command"))));
        ConfluentDeserializer.Fields exit = event.group("exitInfo");
        line.add(exit == null ? "-" : String.valueOf(exit.get("code")));
        ConfluentDeserializer.Fields signal = event.group("signalInfo");
        line.add(signal == null ? "-" : String.valueOf(signal.get("signalName")));
        Object sender = event.get("senderPid");
        line.add(sender == null ? "-" : String.valueOf(sender));
        return line.toString();
    }

    private static void read(Quickstart quickstart) {
        records = new ArrayList<>();
        ends = new TreeMap<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", quickstart.bootstrapServers()),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                    .map(info -> new TopicPartition(TOPIC, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
            end.forEach((partition, offset) -> ends.put(partition.partition(), offset));
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < end.get(partition))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.offset() < end.get(new TopicPartition(TOPIC, record.partition()))) {
                        records.add(record);
                    }
                }
            }
        }
    }

    /** The folder of consumer.js with its dependencies, installed from the lock file. */
    private static Path installedConsumer() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(Path.of("target/interop"));
        for (String file : List.of("package.json", "package-lock.json", "read.js", "consumer.js")) {
            Files.copy(Path.of("src/test/interop", file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        run(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), folder, folder.resolve("npm.log"));
        return folder;
    }

    private static void run(List<String> command, Path folder, Path output) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS))
                .as("%s ended", command)
                .isTrue();
        assertThat(process.exitValue()).as("exit code of %s", command).isZero();
    }
}
