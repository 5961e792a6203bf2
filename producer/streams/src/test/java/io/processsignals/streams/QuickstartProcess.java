// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.streams;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The agent with a broker and a registry, in a process of its own: its Kafka is another version than this one. */
final class QuickstartProcess implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("ready bootstrap=(\\S+) registry=(\\S+) .*");

    private final Process process;
    private final String bootstrapServers;
    private final String registryUrl;

    private QuickstartProcess(Process process, String bootstrapServers, String registryUrl) {
        this.process = process;
        this.bootstrapServers = bootstrapServers;
        this.registryUrl = registryUrl;
    }

    static QuickstartProcess start() throws IOException {
        Process process = new ProcessBuilder(
                        "../../bin/process-signals",
                        "quickstart",
                        "--no-view",
                        "--kafka-port=0",
                        "--registry-port=0",
                        "--metrics-port=0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher ready = READY.matcher(line);
            if (ready.matches()) {
                return new QuickstartProcess(process, ready.group(1), ready.group(2));
            }
        }
        throw new IllegalStateException(
                "the quickstart ended before it was ready: it needs root and a kernel with BTF");
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    String registryUrl() {
        return registryUrl;
    }

    /** As Ctrl-C; the launcher has become the JVM. */
    @Override
    public void close() {
        process.destroy();
        if (process.onExit()
                .completeOnTimeout(process, 60, TimeUnit.SECONDS)
                .join()
                .isAlive()) {
            process.destroyForcibly();
        }
    }
}
