// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The death lab under the real agent on other kernels, with cgroup v2 and kprobes, in emulated guests. Needs
 * qemu-system-x86_64, and the network the first time.
 *
 * <p>{@code -Dkernels=5.10,6.1,6.12,sid}: which; by default 6.1 alone, for time.
 */
@Timeout(3600)
class KernelMatrixIT {
    private static final List<String> SERIES =
            List.of(System.getProperty("kernels", "6.1").split(","));
    private static final List<String> LAB_OPTIONS =
            List.of(System.getProperty("kernels.lab", "").split(" "));
    private static final int LIMIT_SECONDS = Integer.getInteger("kernels.limit", 600);
    private static final Path OUTPUT = Path.of("target/kernels");

    private static Path image;

    @BeforeAll
    static void buildImage() throws IOException, InterruptedException {
        Files.createDirectories(OUTPUT);
        image = GuestImage.build(DeathLab.build());
    }

    static Stream<String> series() {
        return SERIES.stream();
    }

    @ParameterizedTest
    @MethodSource("series")
    void everyDeathIsAttributedRightOrLeftOpen(String series) throws Exception {
        Path kernel = GuestImage.fetch("fetch-kernel", series);

        Guest guest = Guest.run(kernel, image, OUTPUT.resolve(series + ".console"), LAB_OPTIONS, LIMIT_SECONDS);

        assertThat(guest.finished())
                .as("the guest ended by itself; it said %s", guest.log())
                .isTrue();
        VerdictTable table = VerdictTable.of(guest.reports(), guest.events(), KernelEvidence.WHOLE);
        Files.writeString(OUTPUT.resolve(series + ".txt"), table.toText());
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println("Linux " + series + ", hooks " + guest.hooks());
        out.println(table.toText());

        assertThat(guest.hooks().path("oom_kill_process").asBoolean())
                .as("kprobe in the guest")
                .isTrue();
        assertThat(table.wrong()).isEmpty();
        if (series.equals(ContractTable.SERIES) && LAB_OPTIONS.equals(List.of(""))) {
            ContractTable.check(table);
        }
    }

    /** The running kernel may have cgroup v1 alone: {@code ThrottleIT}. */
    @Test
    void throttlingAddsUpOnCgroup2() throws Exception {
        Path console = OUTPUT.resolve("throttle.console");

        Guest.boot(
                Guest.Machine.X86_64,
                GuestImage.fetch("fetch-kernel", SERIES.get(0)),
                image,
                console,
                List.of(
                        "/java/bin/java",
                        "-XX:+UseSerialGC",
                        "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                        "-cp",
                        "/app/classes:/app/lib/*",
                        "io.processsignals.agent.throttle.ThrottledContainer"),
                LIMIT_SECONDS);

        List<String> said = Files.readAllLines(console, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.startsWith("@"))
                .toList();
        assertThat(said).as("of %s", said).contains("@lab hierarchy v2").endsWith("@end 0 0");
        List<String> agent = figures(said, "@lab agent ");
        assertThat(agent).hasSize(1).doesNotContain("0 0").isEqualTo(figures(said, "@lab kernel "));
    }

    private static List<String> figures(List<String> said, String prefix) {
        return said.stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .toList();
    }
}
