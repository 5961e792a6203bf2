// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.bench;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import io.processsignals.events.Container;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.Registration;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * {@code replay} and {@code why} over a day of ten million events, each command in a JVM of its own as the launcher
 * starts it, beside a bare consumer with the same heap. {@code bin/bench replay} runs it.
 */
public final class ReplayBench {
    private static final int EVENTS = Integer.getInteger("replay.events", 10_000_000);
    private static final int NODES = 40;
    private static final int CPUS = 4;
    private static final int PODS = 200;
    private static final long DAY = 86_400_000_000L;
    private static final int VICTIM = 4_242_424;
    private static final double LEAST_RATIO = 0.5;
    private static final double WHY_LIMIT = 10;
    private static final String TOPIC = "process-signals.events.v1";

    private static final List<String> FILTERS = List.of(
            "--type signal_sent",
            "--signal 9",
            "--pod payments/api-7",
            "--node node-7 --type process_exit --pod payments/api-7");

    private static final Instant BEGIN = Instant.parse("2026-11-20T00:00:00Z");

    private EmbeddedKafka kafka;
    private EmbeddedRegistry registry;

    /** How long a command took, and what it printed. */
    private record Run(double seconds, List<String> lines) {}

    private ReplayBench() {}

    public static void main(String[] args) throws Exception {
        new ReplayBench().run();
    }

    private void run() throws Exception {
        try (EmbeddedKafka startedKafka = EmbeddedKafka.startTemporary();
                EmbeddedRegistry startedRegistry = EmbeddedRegistry.startTemporary()) {
            kafka = startedKafka;
            registry = startedRegistry;
            fill(Registration.register(registry.url(), EventSchema.schema()));
            measure();
        }
    }

    private void measure() throws Exception {
        List<Double> bares = new ArrayList<>(List.of(bare()));
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < FILTERS.size(); i += 2) {
            // Two at a time, between two bare consumers: a machine is not as fast at all times.
            double first = replay(FILTERS.get(i).split(" "));
            double second = replay(FILTERS.get(i + 1).split(" "));
            double before = bares.get(bares.size() - 1);
            bares.add(bare());
            double around = (before + bares.get(bares.size() - 1)) / 2;
            ratios.add(first / around);
            ratios.add(second / around);
        }
        line("why --pid %d --node node-7", VICTIM);
        double near = why("--pid", String.valueOf(VICTIM), "--node", "node-7");
        line("why --pid %d", VICTIM);
        double everywhere = why("--pid", String.valueOf(VICTIM));

        bares.sort(null);
        line("bare consumer: %.2f million records a second (median)", bares.get(bares.size() / 2) / 1e6);
        line("replay, of the bare consumer's rate: %s; at least %.1f", format(ratios), LEAST_RATIO);
        line("why: %.1f s with --node, %.1f s without; at most %.0f s", near, everywhere, WHY_LIMIT);
        require(ratios.stream().allMatch(ratio -> ratio >= LEAST_RATIO), "replay is too slow");
        require(near < WHY_LIMIT && everywhere < WHY_LIMIT, "why is too slow");
    }

    private static String format(List<Double> ratios) {
        return ratios.stream()
                .map(ratio -> String.format(Locale.ROOT, "%.2f", ratio))
                .toList()
                .toString();
    }

    /** Records a second. */
    private double bare() throws Exception {
        Run run = run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                BareConsumer.class.getName(),
                kafka.bootstrapServers(),
                TOPIC));
        String last = run.lines.get(run.lines.size() - 1);
        require(last.equals(String.valueOf(EVENTS)), "the bare consumer ended with " + last);
        line("%-44s %6.1f s  %5.2f M records/s", "bare consumer", run.seconds, EVENTS / run.seconds / 1e6);
        return EVENTS / run.seconds;
    }

    private double replay(String... filter) throws Exception {
        Run run = run(command("replay", filter));
        require(run.lines.size() > 2, "nothing was found with " + String.join(" ", filter));
        line(
                "%-44s %6.1f s  %5.2f M records/s  %d lines",
                "replay " + String.join(" ", filter), run.seconds, EVENTS / run.seconds / 1e6, run.lines.size());
        return EVENTS / run.seconds;
    }

    private double why(String... selection) throws Exception {
        Run run = run(command("why", selection));
        require(run.lines.get(0).startsWith("VERDICT  USER_KILL"), run.lines.get(0));
        return run.seconds;
    }

    private List<String> command(String name, String... options) {
        List<String> command = new ArrayList<>(List.of(
                "../../bin/process-signals",
                name,
                "--bootstrap-servers",
                kafka.bootstrapServers(),
                "--registry",
                registry.url(),
                "--from=" + BEGIN,
                "--to=" + BEGIN.plusSeconds(86_400)));
        command.addAll(Arrays.asList(options));
        return command;
    }

    private static Run run(List<String> command) throws Exception {
        File output = File.createTempFile("replay-bench", ".txt");
        try {
            long begin = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .redirectOutput(output)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int exitCode = process.waitFor();
            double seconds = (System.nanoTime() - begin) / 1e9;
            require(exitCode == 0, String.join(" ", command) + " ended with exit code " + exitCode);
            return new Run(seconds, Files.readAllLines(output.toPath()));
        } finally {
            Files.delete(output.toPath());
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    /** Execs and clean exits mostly, a few kills: what a fleet's day looks like. */
    private void fill(int schemaId) throws Exception {
        Topics.create(
                kafka.bootstrapServers(), new NewTopic(TOPIC, 12, (short) 1).configs(Map.of("retention.ms", "-1")));
        long began = System.nanoTime();
        Day day = new Day(schemaId);
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "compression.type",
                        "zstd",
                        "compression.zstd.level", // the agent's
                        1,
                        "batch.size",
                        262_144,
                        "linger.ms",
                        20),
                new StringSerializer(),
                new ByteArraySerializer())) {
            ExecutorService maker = Executors.newSingleThreadExecutor();
            try {
                // One thread makes the next records while this one compresses those before.
                Future<List<ProducerRecord<String, byte[]>>> made = maker.submit(() -> day.records(0));
                for (int done = 0; done < EVENTS; ) {
                    List<ProducerRecord<String, byte[]>> records = made.get();
                    int next = done + records.size();
                    made = maker.submit(() -> day.records(next));
                    for (ProducerRecord<String, byte[]> record : records) {
                        var unused = producer.send(record, (metadata, e) -> {
                            if (e != null) {
                                failure.compareAndSet(null, e);
                            }
                        });
                    }
                    done = next;
                }
            } finally {
                maker.shutdown();
            }
        }
        require(failure.get() == null, "an event was not written: " + failure.get());
        line("%d events written in %.0f s", EVENTS, (System.nanoTime() - began) / 1e9);
    }

    /** Makes the events of a day, by number. */
    private static final class Day {
        private static final int CHUNK = 5_000;

        private final Random random = new Random(7);
        private final ProcessSignalEvent exec = exec();
        private final ProcessSignalEvent exit = exit(false);
        private final ProcessSignalEvent killed = exit(true);
        private final ProcessSignalEvent kill = Events.kill(1).setPpid(1).build();
        private final List<Container> pods = IntStream.range(0, PODS)
                .mapToObj(pod -> Events.container("payments", "api-" + pod, pod))
                .toList();
        private final SpecificDatumWriter<ProcessSignalEvent> writer = new SpecificDatumWriter<>(
                ProcessSignalEvent.getClassSchema(), SpecificData.getForClass(ProcessSignalEvent.class));
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1_024);
        private final byte[] prefix;
        private final List<Map<Hook, Long>> sequences = Stream.generate(
                        () -> (Map<Hook, Long>) new EnumMap<Hook, Long>(Hook.class))
                .limit(NODES * CPUS)
                .toList();
        private BinaryEncoder encoder;

        Day(int schemaId) {
            this.prefix = ByteBuffer.allocate(5).putInt(1, schemaId).array();
        }

        /** At most {@value #CHUNK}, from this number on. */
        List<ProducerRecord<String, byte[]>> records(int from) throws Exception {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>(CHUNK);
            for (int i = from; i < Math.min(from + CHUNK, EVENTS); i++) {
                ProcessSignalEvent event = event(i);
                records.add(new ProducerRecord<>(
                        TOPIC,
                        null,
                        event.getTimestamp().toEpochMilli(),
                        event.getNode() + "/" + event.getTgid(),
                        encode(event)));
            }
            return records;
        }

        /** The same objects again and again: to build each anew would take most of the time of a run. */
        ProcessSignalEvent event(int i) {
            boolean victim = i >= EVENTS / 2 && i < EVENTS / 2 + 2;
            int node = victim ? 7 : random.nextInt(NODES);
            int cpu = random.nextInt(CPUS);
            int tgid = victim ? VICTIM : 1 + random.nextInt(1 << 20);
            int kind = victim ? 1_998 + (i - EVENTS / 2) : random.nextInt(2_000);
            ProcessSignalEvent event;
            if (kind < 1_000) {
                event = exec;
                exec.getExecInfo().setFilename("/usr/bin/worker-" + random.nextInt(500));
                exec.getExecInfo().setArguments(List.of("--shard", String.valueOf(random.nextInt(10_000)), "--once"));
            } else if (kind == 1_998) {
                event = kill;
            } else {
                event = kind == 1_999 ? killed : exit;
            }
            event.setContainer(pods.get(random.nextInt(PODS)));
            event.setTgid(tgid);
            event.setStartTime(victim ? 1_000 : 1_000L + tgid);
            event.setNode("node-" + node);
            event.setBootId("0c3b4a6e-77c1-4f8e-9d0b-" + (100_000_000_000L + node));
            event.setCpu(cpu);
            event.setTimestamp(BEGIN.plusNanos(1_000L * (DAY / EVENTS * i)));
            event.setBootTime(1_000_000L + DAY / EVENTS * i);
            event.setSequence(sequences.get(node * CPUS + cpu).merge(event.getHook(), 1L, Long::sum));
            return event;
        }

        private static ProcessSignalEvent exec() {
            return Events.kill(1)
                    .setEventType(EventType.PROCESS_EXEC)
                    .setHook(Hook.PROCESS_EXEC)
                    .setSignalInfo(null)
                    .setSenderPid(null)
                    .setSender(null)
                    .setExecInfo(ExecInfo.newBuilder()
                            .setFilename("")
                            .setArguments(List.of())
                            .build())
                    .setPpid(1)
                    .build();
        }

        private static ProcessSignalEvent exit(boolean killed) {
            return Events.exit(1)
                    .setExitInfo(ExitInfo.newBuilder()
                            .setWaitStatus(killed ? 9 : 0)
                            .setCode(killed ? 137 : 0)
                            .setSignal(killed ? 9 : null)
                            .setSignalName(killed ? "SIGKILL" : null)
                            .build())
                    .setPpid(1)
                    .build();
        }

        byte[] encode(ProcessSignalEvent event) throws Exception {
            bytes.reset();
            bytes.write(prefix);
            encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
            writer.write(event, encoder);
            return bytes.toByteArray();
        }
    }
}
