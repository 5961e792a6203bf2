// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.embedded.EmbeddedKafka;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.utils.Utils;

/** A broker in a JVM of its own, which can be stopped as a whole while its connections stay open. */
public final class BrokerProcess implements AutoCloseable {
    private final Process process;
    private final String bootstrapServers;

    private BrokerProcess(Process process, String bootstrapServers) {
        this.process = process;
        this.bootstrapServers = bootstrapServers;
    }

    public static BrokerProcess start() throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        BrokerProcess.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines = process.inputReader(UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (Utils.getHost(line) != null && line.startsWith("127.0.0.1:")) {
                return new BrokerProcess(process, line);
            }
        }
        process.destroyForcibly();
        throw new IOException("the broker's JVM ended before the broker was up");
    }

    /** Ends with its standard input, and so with whoever started it. */
    public static void main(String[] args) throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.startTemporary()) {
            System.out.println(kafka.bootstrapServers());
            while (System.in.read() >= 0) {}
        }
        System.exit(0); // whatever Kafka has left running
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** SIGSTOP: it answers nothing any more, and its connections stay. */
    public void hang() throws IOException {
        signal("STOP");
    }

    /** SIGCONT. */
    public void goOn() throws IOException {
        signal("CONT");
    }

    private void signal(String name) throws IOException {
        Command.run("kill", "-" + name, Long.toString(process.pid()));
    }

    @Override
    public void close() throws IOException {
        goOn();
        process.getOutputStream().close();
        process.onExit().join();
    }
}
