// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The BPF programs and the shim, cross-built for aarch64, on an arm64 kernel: the shim's own C test, which kills, exits
 * and faults for real, in an emulated guest. Needs qemu-system-aarch64, gcc-aarch64-linux-gnu, and the network the
 * first time.
 */
@Timeout(1800)
class Arm64GuestIT {
    private static final Path JNI = Path.of("../../jni").toAbsolutePath().normalize();
    private static final Path CONSOLE = Path.of("target/kernels/arm64.console");
    private static final int LIMIT_SECONDS = 600;

    @Test
    void theShimsTestPassesOnArm64() throws Exception {
        Path kernel = GuestImage.fetch("fetch-kernel", "6.1", "arm64");
        Path sysroot = GuestImage.fetch("fetch-sysroot", "arm64");
        GuestImage.run("make", "-s", "-C", JNI.toString(), "ARCH=aarch64", "SYSROOT=" + sysroot, "all", "tests");
        Map<String, Path> content = new LinkedHashMap<>();
        content.put("capture_test", JNI.resolve("build/aarch64/capture_test"));
        for (String library : List.of("libbpf.so.1", "libelf.so.1", "libz.so.1")) {
            content.put(
                    "lib/" + library, JNI.resolve("build/native/linux-aarch64").resolve(library));
        }
        for (String library : List.of("libc.so.6", "libgcc_s.so.1", "ld-linux-aarch64.so.1")) {
            content.put(
                    "lib/" + library, sysroot.resolve("lib/aarch64-linux-gnu").resolve(library));
        }
        content.put("bin/sh", sysroot.resolve("bin/dash"));
        Path image = GuestImage.build(List.of("aarch64-linux-gnu-gcc", "--sysroot=" + sysroot), content);
        Files.createDirectories(CONSOLE.getParent());

        Guest.boot(Guest.Machine.AARCH64, kernel, image, CONSOLE, List.of("/capture_test"), LIMIT_SECONDS);

        List<String> said = Files.readAllLines(CONSOLE, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.startsWith("@"))
                .toList();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        said.forEach(out::println);
        assertThat(said).contains("@lab ok     kill_is_attributed", "@lab ok     exit_code_is_no_signal");
        assertThat(said).as("of %s", said).noneMatch(line -> line.contains("FAILED"));
        assertThat(said).last().isEqualTo("@end 0 0");
    }
}
