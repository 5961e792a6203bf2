// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Runs each fuzz target in JVMs of its own: by Jazzer from the committed seeds for {@code fuzz.guided.seconds}, then by
 * {@link CorpusMutator}, for {@code fuzz.mutated.seconds} in all. Those go to whichever target has had the fewest
 * inputs of it, so that a slow one ends with as many as a fast one; one that has had {@code fuzz.inputs} is done.
 *
 * <p>A crash, an unchecked exception, more memory than {@value #RSS_MB} MB or an input that takes more than
 * {@value #HANG_SECONDS} s fails the test and leaves the input in {@code target/fuzz}.
 */
class FuzzIT {
    private static final List<String> TARGETS = List.of(
            "fuzz.RawRecordFuzz",
            "fuzz.SpoolFuzz",
            "fuzz.CgroupPathFuzz",
            "fuzz.EventDecoderFuzz",
            "config.ConfigFuzz");

    private static final long GUIDED_SECONDS = Long.getLong("fuzz.guided.seconds", 1);
    private static final long MUTATED_SECONDS = Long.getLong("fuzz.mutated.seconds", TARGETS.size());
    private static final long INPUTS = Long.getLong("fuzz.inputs", 10_000_000);

    /** Targets are independent of each other. */
    private static final int AT_ONCE = 2;

    /** Of the mutated seconds, how much a target is given at once: a JVM's start is small against the most. */
    private static final long SLICE_SECONDS = Math.max(1, Math.min(60, MUTATED_SECONDS / 40));

    private static final int RSS_MB = 2048;
    private static final int HANG_SECONDS = 120;
    private static final int MAX_INPUT_BYTES = 4096;
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Path SEEDS = Path.of("src/test/fuzz");
    private static final Path OUTPUT = Path.of("target/fuzz").toAbsolutePath();
    private static final Pattern GUIDED = Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");
    private static final Pattern MUTATED = Pattern.compile("(?m)^executed: (\\d+)");

    private static Path folder;

    @BeforeAll
    static void makeFolder() throws IOException {
        folder = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "fuzz")
                : Files.createTempDirectory("fuzz");
    }

    @AfterAll
    static void removeFolder() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(FuzzIT::delete);
        }
    }

    @Test
    void nothingBreaks() throws Exception {
        List<Target> targets = TARGETS.stream().map(Target::new).toList();
        PriorityBlockingQueue<Target> waiting = new PriorityBlockingQueue<>(targets);
        AtomicLong secondsLeft = new AtomicLong(MUTATED_SECONDS);
        ExecutorService lanes = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<@Nullable Void>> ends = new ArrayList<>();
            for (int lane = 0; lane < AT_ONCE; lane++) {
                ends.add(lanes.submit(() -> runAll(waiting, secondsLeft)));
            }
            for (Future<@Nullable Void> end : ends) {
                end.get();
            }
        } finally {
            lanes.shutdownNow(); // ends the JVMs
        }
        assertThat(targets).allSatisfy(target -> {
            target.failure.ifPresent(failure -> {
                throw failure;
            });
            assertThat(target.guided).as(target.name).isPositive();
            assertThat(target.mutated).as(target.name).isPositive();
        });
    }

    private static @Nullable Void runAll(PriorityBlockingQueue<Target> waiting, AtomicLong secondsLeft)
            throws Exception {
        for (Target target = waiting.poll(); target != null; target = waiting.poll()) {
            if (target.run(secondsLeft)) {
                waiting.add(target);
            } else {
                System.out.println(target);
            }
        }
        return null;
    }

    private static final class Target implements Comparable<Target> {
        private static final Comparator<Target> FEWEST_FIRST =
                Comparator.comparing((Target target) -> target.guided > 0).thenComparing(target -> target.mutated);

        private final String className;
        private final String name;
        private final Path found;
        private final Path seeds;
        private long guided;
        private long mutated;
        private Optional<AssertionError> failure = Optional.empty();

        Target(String target) {
            className = "io.processsignals.agent." + target;
            name = target.substring(target.indexOf('.') + 1);
            found = OUTPUT.resolve(name + "-corpus");
            seeds = SEEDS.resolve(name);
        }

        @Override
        public int compareTo(Target other) {
            return FEWEST_FIRST.compare(this, other);
        }

        /** Whether there is more to do. */
        boolean run(AtomicLong secondsLeft) throws Exception {
            try {
                if (guided == 0) {
                    runGuided();
                } else {
                    long left = secondsLeft.getAndAdd(-SLICE_SECONDS);
                    if (left <= 0 && mutated > 0) {
                        return false;
                    }
                    runMutated(Math.max(1, Math.min(left, SLICE_SECONDS)));
                }
                return mutated < INPUTS;
            } catch (AssertionError e) {
                failure = Optional.of(e); // the others go on
                return false;
            }
        }

        private void runGuided() throws Exception {
            Files.createDirectories(found);
            guided = FuzzIT.executed(
                    name + "-guided",
                    GUIDED,
                    "-Djdk.attach.allowAttachSelf=true",
                    "com.code_intelligence.jazzer.Jazzer",
                    "--target_class=" + className,
                    "--instrumentation_includes=io.processsignals.**",
                    // The targets read and write files of their own, whose names the input does not choose
                    "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.FilePathTraversal",
                    "--mutator_framework=false", // for structured parameters; a byte array needs none
                    "--reproducer_path=" + OUTPUT,
                    "-artifact_prefix=" + OUTPUT + "/" + name + "-",
                    "-max_total_time=" + GUIDED_SECONDS,
                    "-timeout=" + HANG_SECONDS,
                    "-rss_limit_mb=" + RSS_MB,
                    "-max_len=" + MAX_INPUT_BYTES,
                    "-print_final_stats=1",
                    found.toString(),
                    seeds.toString());
        }

        private void runMutated(long seconds) throws Exception {
            mutated += FuzzIT.executed(
                    name + "-mutated",
                    MUTATED,
                    CorpusMutator.class.getName(),
                    className,
                    Long.toString(seconds),
                    Long.toString(INPUTS - mutated),
                    Long.toString(System.nanoTime()),
                    OUTPUT.resolve(name + "-broken").toString(),
                    found.toString(),
                    seeds.toString());
        }

        @Override
        public String toString() {
            return String.format(
                    "fuzz: %-16s %,13d inputs executed: %,d led by coverage, %,d mutated from those that it kept",
                    name, guided + mutated, guided, mutated);
        }
    }

    /** Runs a JVM and returns the number that it says at its end. */
    private static long executed(String name, Pattern number, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                "-D" + FuzzFolder.PROPERTY + "=" + folder,
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.addAll(List.of(arguments));
        Path log = OUTPUT.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int status;
        try {
            status = process.waitFor();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(log);
        assertThat(status).as("%s: see %s\n%s", name, log, end(said)).isZero();
        Matcher executed = number.matcher(said);
        assertThat(executed.find()).as(end(said)).isTrue();
        return Long.parseLong(executed.group(1));
    }

    private static String end(String text) {
        return text.substring(Math.max(0, text.length() - 4_000));
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
