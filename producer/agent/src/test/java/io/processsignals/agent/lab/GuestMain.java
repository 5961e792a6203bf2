// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import io.processsignals.agent.Collector;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.events.ProcessSignalEvent;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * The agent inside a guest: captures until its standard input ends and prints every event as one line of Avro's JSON.
 * The first line says which hooks are attached.
 */
final class GuestMain {
    /** What was captured last is still on its way through the ring. */
    private static final Duration SETTLE = Duration.ofSeconds(3);

    private GuestMain() {}

    public static void main(String[] arguments) throws Exception {
        try (PrintStream out = new PrintStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                        false,
                        StandardCharsets.UTF_8);
                Collector collector = Collector.open("guest", Map.of("node.name", "guest"))) {
            Thread input = new Thread(GuestMain::awaitEndOfInput, "input");
            input.setDaemon(true);
            input.start();
            out.println(hooks(collector));
            out.flush();
            print(collector, out, input);
        }
    }

    private static void print(Collector collector, PrintStream out, Thread input)
            throws IOException, InterruptedException {
        while (true) {
            boolean last = !input.isAlive();
            ProcessSignalEvent event = collector.events().poll(last ? SETTLE : Duration.ofMillis(100));
            if (event != null) {
                out.println(json(event));
            } else if (last) {
                return;
            } else {
                out.flush();
            }
        }
    }

    private static String json(ProcessSignalEvent event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        JsonEncoder encoder = EncoderFactory.get().jsonEncoder(ProcessSignalEvent.getClassSchema(), bytes);
        new SpecificDatumWriter<>(ProcessSignalEvent.class).write(event, encoder);
        encoder.flush();
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String hooks(Collector collector) {
        StringBuilder json = new StringBuilder("{\"hooks\":{");
        String separator = "";
        for (HookStatus hook : collector.hooks()) {
            json.append(separator).append('"').append(hook.hook()).append("\":").append(hook.attached());
            separator = ",";
        }
        return json.append("}}").toString();
    }

    private static void awaitEndOfInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // as good as its end
        }
    }
}
