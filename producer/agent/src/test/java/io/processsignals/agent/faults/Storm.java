// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process that makes signals and deaths at a steady rate; see {@code storm.c}. */
public final class Storm implements AutoCloseable {
    /** Name of the processes that die by SIGKILL: other tests may run on this machine. */
    public static final String VICTIM = "victim-" + ProcessHandle.current().pid();

    private static final Path SOURCE = Path.of("src/test/storm/storm.c");
    private static final Path PROGRAM = Path.of("target/storm");
    private static final Pattern RESULT = Pattern.compile("deaths=(\\d+) signals=(\\d+) late_ms=(-?\\d+)\\s*");

    /**
     * @param deaths by SIGKILL
     * @param signals that did no harm
     * @param lateMillis how far behind its schedule it ended
     */
    public record Made(long deaths, long signals, long lateMillis) {}

    private final Process process;

    private Storm(Process process) {
        this.process = process;
    }

    public static Storm start(long eventsPerSecond, long deathsPerSecond, Duration length)
            throws IOException, InterruptedException {
        return new Storm(new ProcessBuilder(
                        program().toString(),
                        Long.toString(eventsPerSecond),
                        Long.toString(deathsPerSecond),
                        Long.toString(length.toMillis()),
                        VICTIM)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private static synchronized Path program() throws IOException, InterruptedException {
        if (!Files.exists(PROGRAM)
                || Files.getLastModifiedTime(PROGRAM).compareTo(Files.getLastModifiedTime(SOURCE)) < 0) {
            Process compiler = new ProcessBuilder(
                            "gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", PROGRAM.toString(), SOURCE.toString())
                    .inheritIO()
                    .start();
            assertThat(compiler.waitFor()).as("gcc of storm.c").isZero();
        }
        return PROGRAM.toAbsolutePath();
    }

    /** Ends it early and waits for its end. */
    public Made stop() throws IOException, InterruptedException {
        process.toHandle().destroy(); // Process.destroy() would close what it says
        return await(Duration.ofSeconds(30));
    }

    /** Waits for its end. */
    public Made await(Duration atMost) throws IOException, InterruptedException {
        assertThat(process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS))
                .as("the storm ends")
                .isTrue();
        String line = new String(process.getInputStream().readAllBytes(), UTF_8);
        Matcher result = RESULT.matcher(line);
        assertThat(result.matches()).as(line).isTrue();
        return new Made(
                Long.parseLong(result.group(1)), Long.parseLong(result.group(2)), Long.parseLong(result.group(3)));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
