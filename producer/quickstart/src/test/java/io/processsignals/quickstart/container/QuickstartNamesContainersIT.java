// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.quickstart.ProcessSignals;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What a user sees who runs the quickstart and a container that wants too much memory. */
class QuickstartNamesContainersIT {
    private static final int SHORT_ID = 12;

    @Test
    void namesTheContainerThatRanOutOfMemory() throws Exception {
        DockerEngine engine = DockerEngine.create();
        Process quickstart = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProcessSignals.class.getName(),
                        "quickstart",
                        "--kafka-port",
                        "0",
                        "--registry-port",
                        "0",
                        "--metrics-port",
                        "0")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader view = quickstart.inputReader()) {
            find(view, "the head of the view", line -> line.startsWith("TIME "));
            String container = engine.start(List.of("--memory", "20m", "--memory-swap", "20m"), "deaths", "eat", "100");
            String name = "docker:" + container.substring(0, SHORT_ID);
            String exit = find(
                    view,
                    "the exit of " + name,
                    line -> line.contains("PROCESS_EXIT") && line.contains(name) && line.contains("137"));
            assertThat(exit).containsIgnoringCase("oom");
            System.out.println(exit);
            DockerEngine.run("kill", "-INT", Long.toString(quickstart.pid()));
            while (view.readLine() != null) {
                // whatever is still on its way
            }
            assertThat(quickstart.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            quickstart.destroyForcibly();
            engine.close();
        }
    }

    private static String find(BufferedReader view, String what, Predicate<String> wanted) throws IOException {
        for (String line = view.readLine(); line != null; line = view.readLine()) {
            if (wanted.test(line)) {
                return line;
            }
        }
        throw new AssertionError("the view ended without " + what);
    }
}
