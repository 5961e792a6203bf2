// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/process-signals} and {@code bin/test} on the tree that was just built. */
class LauncherIT {
    private static final Path BIN = Path.of(System.getProperty("basedir", "."), "../../bin")
            .toAbsolutePath()
            .normalize();

    @TempDir
    private Path elsewhere;

    @Test
    void startsCommandsFromAnywhereAndThroughALink() throws Exception {
        Path link = Files.createSymbolicLink(elsewhere.resolve("signals"), BIN.resolve("process-signals"));
        Result version = run(link.toString(), "--version");
        assertThat(version.output()).startsWith("process-signals ");
        assertThat(version.exitCode()).isZero();
    }

    @Test
    void aBuiltTreeIsNotBuiltAgain() throws Exception {
        for (String command : new String[] {"tail", "replay", "why", "completion", "run", "check", "quickstart"}) {
            Result help = run(BIN.resolve("process-signals").toString(), command, "--help");
            assertThat(help.output())
                    .contains("Usage: process-signals " + command)
                    .doesNotContain("building");
            assertThat(help.exitCode()).isZero();
        }
    }

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        Result script = run(BIN.resolve("process-signals").toString(), "completion");
        Path file = Files.writeString(elsewhere.resolve("completion"), script.output(), UTF_8);

        assertThat(script.exitCode()).isZero();
        assertThat(complete(file, "re")).contains("replay");
        assertThat(complete(file, "why", "--po")).contains("--pod");
        assertThat(complete(file, "replay", "-o", "av")).contains("avro");
    }

    private List<String> complete(Path script, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "bash",
                "-c",
                ". \"$0\"; COMP_WORDS=(process-signals \"$@\"); COMP_CWORD=$#; COMP_LINE=\"${COMP_WORDS[*]}\";"
                        + " $(complete -p process-signals | sed 's/.*-F \\([^ ]*\\).*/\\1/');"
                        + " printf '%s\\n' \"${COMPREPLY[@]}\"",
                script.toString()));
        command.addAll(List.of(words));
        return run(command.toArray(String[]::new))
                .output()
                .lines()
                .map(String::strip)
                .toList();
    }

    @Test
    void anUnknownCommandIsWrongUsage() throws Exception {
        assertThat(run(BIN.resolve("process-signals").toString(), "tial").exitCode())
                .isEqualTo(2);
    }

    @Test
    void anUnknownSuiteIsWrongUsageInOneLine() throws Exception {
        Result result = run(BIN.resolve("test").toString(), "nonsense");
        assertThat(result.output()).contains("nonsense").hasLineCount(1);
        assertThat(result.exitCode()).isEqualTo(2);
    }

    private Result run(String... command) throws IOException, InterruptedException {
        Path output = elsewhere.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(elsewhere.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int exitCode = process.waitFor();
        return new Result(exitCode, Files.readString(output, UTF_8));
    }

    private record Result(int exitCode, String output) {}
}
