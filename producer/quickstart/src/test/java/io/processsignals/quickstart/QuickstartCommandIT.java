// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user starts it, in a process of its own. */
class QuickstartCommandIT {
    @TempDir
    private Path temporary;

    @Test
    void showsAKillAndLeavesNothingBehindAfterCtrlC() throws Exception {
        KernelAccess.require();
        Process quickstart = start("--kafka-port", "0", "--registry-port", "0", "--metrics-port", "0");
        List<ProcessHandle> children;
        String metrics;
        try (BufferedReader out = quickstart.inputReader()) {
            String ready = readUntil(out, "ready ");
            assertThat(ready)
                    .matches("ready bootstrap=127\\.0\\.0\\.1:\\d+ registry=http://127\\.0\\.0\\.1:\\d+/\\S+"
                            + " metrics=http://127\\.0\\.0\\.1:\\d+/metrics");
            metrics = ready.replaceFirst(".* metrics=", "");
            assertThat(get(metrics)).contains("runtime_events_processed_total");

            readUntil(out, "TIME ");
            Process shell = Deaths.start("sh", "-c", "sleep 300 & kill -9 $!; wait");
            // The victim may die before it has become sleep.
            assertThat(readUntil(out, "SIGKILL from sh(" + shell.pid() + ")")).contains("SIGNAL_SENT");
            assertThat(readUntil(out, "137 SIGKILL from sh(" + shell.pid() + ")"))
                    .contains("PROCESS_EXIT");

            children = quickstart.children().toList();
            assertThat(children).hasSize(1);
            Deaths.run("sh", "-c", "kill -INT " + quickstart.pid());
            while (out.readLine() != null) {
                // whatever is still on its way
            }
        }
        assertThat(quickstart.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(quickstart.exitValue()).isZero();
        for (ProcessHandle child : children) {
            child.onExit().get(30, TimeUnit.SECONDS);
        }
        assertThat(files(temporary)).isEmpty();
    }

    @Test
    void endsByItself() throws Exception {
        KernelAccess.require();
        Process quickstart = start(
                "--kafka-port", "0", "--registry-port", "0", "--metrics-port", "0", "--no-view", "--duration", "1s");
        String out = output(quickstart);
        assertThat(quickstart.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(quickstart.exitValue()).isZero();
        assertThat(out).contains("ready bootstrap=");
        assertThat(files(temporary)).isEmpty();
    }

    @Test
    void saysInOneLineThatAPortIsInUse() throws Exception {
        KernelAccess.require();
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            String port = Integer.toString(socket.getLocalPort());
            for (String option : List.of("--kafka-port", "--registry-port", "--metrics-port")) {
                assertCannotRun(start(option, port), "port " + port);
            }
        }
    }

    @Test
    void saysInOneLineThatItNeedsPrivileges() throws Exception {
        KernelAccess.require();
        // Without capabilities; still uid 0, which alone can read the classes under a root user's home.
        List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"));
        command.addAll(command("--kafka-port", "0", "--registry-port", "0", "--metrics-port", "0"));
        assertCannotRun(new ProcessBuilder(command).redirectErrorStream(true).start(), "CAP_BPF");
    }

    private static void assertCannotRun(Process process, String message) throws Exception {
        String out = output(process);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isEqualTo(3);
        assertThat(out.lines()).singleElement().asString().contains(message);
    }

    private Process start(String... arguments) throws IOException {
        return new ProcessBuilder(command(arguments)).redirectErrorStream(true).start();
    }

    private List<String> command(String... arguments) {
        return Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Xcheck:jni",
                                "-XX:-UsePerfData",
                                "-Djava.io.tmpdir=" + temporary,
                                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ProcessSignals.class.getName(),
                                "quickstart"),
                        Arrays.stream(arguments))
                .toList();
    }

    private static String readUntil(BufferedReader out, String text) throws IOException {
        StringBuilder before = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.contains(text)) {
                return line;
            }
            before.append(line).append('\n');
        }
        throw new AssertionError("the output ended without '" + text + "':\n" + before);
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static String get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
