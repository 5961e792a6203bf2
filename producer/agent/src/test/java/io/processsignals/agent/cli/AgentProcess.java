// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.faults.Metrics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The command in a JVM of its own, as users run it. */
public final class AgentProcess implements AutoCloseable {
    /** As bin/process-signals gives them. */
    private static final List<String> OPTIONS =
            List.of("@" + Path.of("src/main/jvm/agent.options").toAbsolutePath(), "-Xlog:cds*=off");

    /** The class path, the archive made for it, the native library. */
    private static final String SHIPPED = "@" + Path.of("target/run.options").toAbsolutePath();

    /** As bin/process-signals sets it. */
    private static final Map<String, String> MALLOC =
            Map.of("MALLOC_ARENA_MAX", "2", "MALLOC_MMAP_THRESHOLD_", "4194304", "MALLOC_TRIM_THRESHOLD_", "16777216");

    private static final Pattern METRICS_URL = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/metrics");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final Path out;
    private final Path err;

    private AgentProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** @param prefix what runs the JVM: {@code setpriv} with options, or nothing */
    public static AgentProcess start(Path folder, List<String> prefix, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(command(List.of(SHIPPED), AgentCommand.class.getName(), arguments));
        Path out = Files.createTempFile(folder, "agent", ".out");
        Path err = Files.createTempFile(folder, "agent", ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(MALLOC);
        return new AgentProcess(builder.start(), out, err);
    }

    /** The words that run a class of the tests in a JVM like the agent's. */
    static List<String> java(String mainClass, String... arguments) {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return command(List.of("-cp", classes), mainClass, arguments);
    }

    private static List<String> command(List<String> classes, String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(classes);
        command.add(mainClass);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Without any capability, as for a container that was given none. */
    public static List<String> withoutCapabilities() {
        return List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs");
    }

    public Process process() {
        return process;
    }

    public int exitCode() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the agent does not end");
        }
        return process.exitValue();
    }

    /** The sum of the metric's series, as soon as they are served; see {@link Metrics#sum}. */
    double metric(String series) throws Exception {
        await().atMost(PATIENCE).until(() -> METRICS_URL.matcher(err()).find());
        Matcher url = METRICS_URL.matcher(err());
        assertThat(url.find()).isTrue();
        return Metrics.sum(Metrics.text(URI.create(url.group())), series);
    }

    public String out() throws IOException {
        return Files.readString(out);
    }

    public String err() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
