// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command in a JVM of its own, as users run it. */
public final class AgentProcess implements AutoCloseable {
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
        command.addAll(java(AgentCommand.class.getName(), arguments));
        Path out = Files.createTempFile(folder, "agent", ".out");
        Path err = Files.createTempFile(folder, "agent", ".err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new AgentProcess(process, out, err);
    }

    /** The words that run a class in a JVM like the agent's. */
    static List<String> java(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                mainClass));
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
