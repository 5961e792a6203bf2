// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of README.md, compiled and run as it stands there. Needs root and BTF. */
class ReadmeExampleIT {
    private static final Path README = Path.of(System.getProperty("basedir", "."), "../../README.md");
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void printsADeath() throws Exception {
        compile(example());
        Path out = folder.resolve("out");
        Path errors = folder.resolve("errors");
        Process deaths = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                        "-cp",
                        folder + ":" + CLASS_PATH,
                        "Deaths")
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            // Again and again: those before it was attached are not seen
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(new ProcessBuilder("sh", "-c", "exit 77").start().waitFor())
                        .isEqualTo(77);
                assertThat(Files.readString(errors, UTF_8)).doesNotContain("Exception");
                assertThat(Files.readString(out, UTF_8)).contains("sh ended with 77\n");
            });
        } finally {
            deaths.destroy();
            deaths.waitFor();
        }
    }

    private static String example() throws IOException {
        Matcher example = EXAMPLE.matcher(Files.readString(README, UTF_8));
        assertThat(example.find()).as("an example in README.md").isTrue();
        return example.group(1);
    }

    private void compile(String source) throws IOException {
        Path file = Files.writeString(folder.resolve("Deaths.java"), source, UTF_8);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            boolean compiled = compiler.getTask(
                            problems,
                            files,
                            null,
                            List.of("-cp", CLASS_PATH, "-d", folder.toString()),
                            null,
                            files.getJavaFileObjects(file))
                    .call();
            assertThat(compiled).as(problems.toString()).isTrue();
        }
    }
}
