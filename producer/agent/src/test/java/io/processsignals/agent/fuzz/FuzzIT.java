// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs each fuzz target in a JVM of its own, for {@code fuzz.seconds} by Jazzer from the committed seeds, then for as
 * long by {@link CorpusMutator}. A crash, an unchecked exception, more memory than {@value #RSS_MB} MB or an input that
 * takes more than {@value #HANG_SECONDS} s fails the test and leaves the input in {@code target/fuzz}.
 */
@Timeout(value = 3, unit = java.util.concurrent.TimeUnit.HOURS, threadMode = ThreadMode.SEPARATE_THREAD)
class FuzzIT {
    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 1);
    private static final int RSS_MB = 2048;
    private static final int HANG_SECONDS = 120;
    private static final int MAX_INPUT_BYTES = 4096;
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Path SEEDS = Path.of("src/test/fuzz");
    private static final Path OUTPUT = Path.of("target/fuzz").toAbsolutePath();
    private static final Pattern GUIDED = Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");
    private static final Pattern MUTATED = Pattern.compile("(?m)^executed: (\\d+)");

    private static final ConcurrentLinkedQueue<String> EXECUTIONS = new ConcurrentLinkedQueue<>();
    private static Path folder;

    @BeforeAll
    static void makeFolder() throws IOException {
        folder = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "fuzz")
                : Files.createTempDirectory("fuzz");
    }

    @AfterAll
    static void removeFolderAndTell() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(FuzzIT::delete);
        }
        EXECUTIONS.forEach(System.out::println);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fuzz.RawRecordFuzz",
                "fuzz.SpoolFuzz",
                "fuzz.CgroupPathFuzz",
                "fuzz.EventDecoderFuzz",
                "config.ConfigFuzz"
            })
    void nothingBreaks(String target) throws Exception {
        String name = target.substring(target.indexOf('.') + 1);
        String className = "io.processsignals.agent." + target;
        Path found = Files.createDirectories(OUTPUT.resolve(name + "-corpus"));
        Path seeds = SEEDS.resolve(name);

        long guided = executed(
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
                "-max_total_time=" + SECONDS,
                "-timeout=" + HANG_SECONDS,
                "-rss_limit_mb=" + RSS_MB,
                "-max_len=" + MAX_INPUT_BYTES,
                "-print_final_stats=1",
                found.toString(),
                seeds.toString());
        long mutated = executed(
                name + "-mutated",
                MUTATED,
                CorpusMutator.class.getName(),
                className,
                Integer.toString(SECONDS),
                Long.toString(System.nanoTime()),
                OUTPUT.resolve(name + "-broken").toString(),
                found.toString(),
                seeds.toString());

        EXECUTIONS.add(String.format(
                "fuzz: %-16s %,13d inputs executed: %,d led by coverage, %,d mutated from those that it kept",
                name, guided + mutated, guided, mutated));
        assertThat(guided).isPositive();
        assertThat(mutated).isPositive();
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
