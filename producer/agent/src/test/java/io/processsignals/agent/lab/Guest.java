// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.ProcessSignalEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;

/**
 * One boot of another kernel, emulated in software, and what its process 1 wrote to the console: see
 * {@code src/test/guest/init.c}.
 *
 * @param reports ground truth
 * @param events what the agent in the guest made of it
 * @param hooks which of the agent's hooks were attached, by name
 * @param log what both said on standard error, for the reader of a failure
 * @param finished whether lab and agent ran to their ends
 */
record Guest(
        List<LabReport> reports, List<ProcessSignalEvent> events, JsonNode hooks, List<String> log, boolean finished) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What QEMU is to be. */
    enum Machine {
        /** Without cmpxchg16b, which QEMU 7.2 gets wrong: kernels from 6.12 then die of it. */
        X86_64("ttyS0"),
        AARCH64("ttyAMA0");

        private final String console;

        Machine(String console) {
            this.console = console;
        }

        private List<String> command() {
            return this == X86_64
                    ? List.of("qemu-system-x86_64", "-cpu", "max,-cx16")
                    : List.of("qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a57");
        }
    }

    /**
     * Boots the kernel and waits until it powers off.
     *
     * @param console where to keep all that it wrote
     * @param limitSeconds after which it is stopped
     */
    static Guest run(Path kernel, Path image, Path console, List<String> labOptions, int limitSeconds)
            throws IOException, InterruptedException {
        boot(Machine.X86_64, kernel, image, console, labOptions, limitSeconds);
        return read(console);
    }

    /** The same, of any machine, without reading what it wrote. */
    static void boot(Machine machine, Path kernel, Path image, Path console, List<String> arguments, int limitSeconds)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(machine.command());
        command.addAll(List.of(
                "-accel",
                "tcg,thread=multi",
                "-m",
                "1500",
                "-smp",
                "2",
                "-nographic",
                "-no-reboot",
                "-kernel",
                kernel.toString(),
                "-initrd",
                image.toString(),
                "-append",
                "console=" + machine.console + " panic=-1 quiet loglevel=1 rdinit=/init -- "
                        + String.join(" ", arguments)));
        Process qemu = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(console.toFile())
                .start();
        try {
            qemu.waitFor(limitSeconds, TimeUnit.SECONDS);
        } finally {
            qemu.destroyForcibly().waitFor();
        }
    }

    static Guest read(Path console) throws IOException {
        List<LabReport> reports = new ArrayList<>();
        List<ProcessSignalEvent> events = new ArrayList<>();
        List<String> log = new ArrayList<>();
        JsonNode hooks = MAPPER.createObjectNode();
        boolean finished = false;
        // What the firmware and the kernel write need not be UTF-8.
        try (BufferedReader lines = Files.newBufferedReader(console, StandardCharsets.ISO_8859_1)) {
            String raw;
            while ((raw = lines.readLine()) != null) {
                String line = new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                if (line.startsWith("@lab {\"lab\"")) {
                    reports.add(LabReport.parse(line.substring("@lab ".length())));
                } else if (line.startsWith("@agent {\"hooks\"")) {
                    hooks = MAPPER.readTree(line.substring("@agent ".length())).path("hooks");
                } else if (line.startsWith("@agent {")) {
                    events.add(event(line.substring("@agent ".length())));
                } else if (line.startsWith("@end ")) {
                    finished = line.equals("@end 0 0");
                    log.add(line);
                } else if (line.startsWith("@log ") || line.contains("Kernel panic")) {
                    log.add(line);
                }
            }
        }
        return new Guest(reports, events, hooks, log, finished);
    }

    private static ProcessSignalEvent event(String json) throws IOException {
        SpecificDatumReader<ProcessSignalEvent> reader = new SpecificDatumReader<>(ProcessSignalEvent.class);
        return reader.read(null, DecoderFactory.get().jsonDecoder(ProcessSignalEvent.getClassSchema(), json));
    }
}
