// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * One running lab. It has already started the processes that are to be older than the agent and waits until
 * {@link #begin}.
 */
final class DeathLab implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/test/lab");
    private static final Path OUTPUT = Path.of("target/deathlab");

    private final Process process;
    private final BufferedReader lines;
    private final FutureTask<List<LabReport>> reading = new FutureTask<>(this::read);

    /** Builds the program with make and returns where it is. */
    static Path build() throws IOException, InterruptedException {
        Process make = new ProcessBuilder("make", "-s", "-C", SOURCE.toString(), "OUT=" + OUTPUT.toAbsolutePath())
                .inheritIO()
                .start();
        assertThat(make.waitFor()).as("make of the death lab").isZero();
        return OUTPUT.resolve("deathlab").toAbsolutePath();
    }

    /** @param id tells apart labs that run at once */
    static DeathLab start(Path program, int id, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString(), "--hold", "--id", String.valueOf(id)));
        command.addAll(options);
        DeathLab lab = new DeathLab(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        assertThat(LabReport.parse(String.valueOf(lab.lines.readLine())).outcome())
                .isEqualTo("ready");
        return lab;
    }

    private DeathLab(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    /** The agent is there: the rest may die. */
    void begin() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().close();
        // Of several labs at once each must be read, or it waits with a full pipe and misses its own deadlines.
        new Thread(reading, "lab").start();
    }

    /** Waits for its end. */
    List<LabReport> reports() throws InterruptedException, ExecutionException {
        return reading.get();
    }

    private List<LabReport> read() throws IOException, InterruptedException {
        List<LabReport> reports = new ArrayList<>();
        String line;
        while ((line = lines.readLine()) != null) {
            reports.add(LabReport.parse(line));
        }
        process.waitFor();
        return reports;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
