// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.bench;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import io.processsignals.postmortem.Registration;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * {@code replay} and {@code why} over a day of ten million events, each command in a JVM of its own as the launcher
 * starts it, beside a bare consumer with the same heap. {@code bin/bench replay} runs it.
 */
public final class ReplayBench {
    private static final int EVENTS = Integer.getInteger("replay.events", 10_000_000);
    private static final double LEAST_RATIO = 0.5;
    private static final double WHY_LIMIT = 10;
    private static final String TOPIC = "process-signals.events.v1";

    private static final List<String> FILTERS = List.of(
            "--type signal_sent",
            "--signal 9",
            "--pod payments/api-7",
            "--node node-7 --type process_exit --pod payments/api-7");

    private EmbeddedKafka kafka;
    private EmbeddedRegistry registry;

    /** How long a command took, and what it printed. */
    private record Run(double seconds, List<String> lines) {}

    private ReplayBench() {}

    public static void main(String[] args) throws Exception {
        new ReplayBench().run();
    }

    private void run() throws Exception {
        Future<EmbeddedRegistry> starting = EmbeddedRegistry.startMeanwhile();
        try (EmbeddedKafka startedKafka = EmbeddedKafka.startTemporary();
                EmbeddedRegistry startedRegistry = starting.get()) {
            kafka = startedKafka;
            registry = startedRegistry;
            fill(Registration.register(registry.url(), EventSchema.schema()));
            measure();
        }
    }

    private void measure() throws Exception {
        // Between two bare consumers: a machine is not as fast at all times.
        double before = bare();
        List<Double> rates = new ArrayList<>();
        for (String filter : FILTERS) {
            rates.add(replay(filter.split(" ")));
        }
        double bare = (before + bare()) / 2;
        List<Double> ratios = rates.stream().map(rate -> rate / bare).toList();
        line("why --pid %d --node node-7", Day.VICTIM);
        double near = why("--pid", String.valueOf(Day.VICTIM), "--node", "node-7");
        line("why --pid %d", Day.VICTIM);
        double everywhere = why("--pid", String.valueOf(Day.VICTIM));

        line("bare consumer: %.2f million records a second", bare / 1e6);
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
                "--from=" + Day.BEGIN,
                "--to=" + Day.BEGIN.plusSeconds(86_400)));
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

    private void fill(int schemaId) throws Exception {
        Topics.create(
                kafka.bootstrapServers(), new NewTopic(TOPIC, 12, (short) 1).configs(Map.of("retention.ms", "-1")));
        long began = System.nanoTime();
        Day day = new Day(TOPIC, schemaId, EVENTS);
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
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
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            ExecutorService maker = Executors.newSingleThreadExecutor();
            try {
                // One thread makes the next records while this one compresses those before.
                Future<List<ProducerRecord<byte[], byte[]>>> made = maker.submit(() -> day.records(0));
                for (int done = 0; done < EVENTS; ) {
                    List<ProducerRecord<byte[], byte[]>> records = made.get();
                    int next = done + records.size();
                    made = maker.submit(() -> day.records(next));
                    for (ProducerRecord<byte[], byte[]> record : records) {
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
}
