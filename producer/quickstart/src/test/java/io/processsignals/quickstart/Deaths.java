// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs processes that die. */
final class Deaths {
    private static final Path SOURCE = Path.of("src/test/c/deaths.c");
    private static final Path BINARY = Path.of("target/deaths").toAbsolutePath();

    private Deaths() {}

    /** The path of the program {@code deaths}, compiled if need be. */
    static synchronized String program() throws IOException, InterruptedException {
        if (!Files.exists(BINARY)
                || Files.getLastModifiedTime(BINARY).compareTo(Files.getLastModifiedTime(SOURCE)) < 0) {
            Process compiler = new ProcessBuilder(
                            "cc",
                            "-Wall",
                            "-Wextra",
                            "-Werror",
                            "-O1",
                            "-o",
                            BINARY.toString(),
                            SOURCE.toString(),
                            "-pthread")
                    .inheritIO()
                    .start();
            assertThat(compiler.waitFor()).as("exit code of cc").isZero();
        }
        return BINARY.toString();
    }

    /** Starts it and does not wait. Its parent is this JVM. */
    static Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Runs it to its end. */
    static Process run(String... command) throws IOException, InterruptedException {
        Process process = start(command);
        assertThat(process.waitFor(120, TimeUnit.SECONDS))
                .as("%s ended", command[0])
                .isTrue();
        return process;
    }
}
