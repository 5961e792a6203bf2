// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LogRecord;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process that appends to a spool until it is killed, acknowledging some of it. Says {@code committed N} after each
 * commit of everything below N, {@code acknowledging N} before it acknowledges everything below N.
 */
final class SpoolWriter {
    private SpoolWriter() {}

    static Process start(Path folder, long firstSequence) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpoolWriter.class.getName(),
                        folder.toString(),
                        Long.toString(firstSequence))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    static SpoolOptions options(Path folder) {
        return SpoolOptions.of(folder)
                .withBatchBytes(32 << 10)
                .withSegmentBytes(256 << 10)
                .withCheckpointInterval(Duration.ofMillis(5))
                .withSyncInterval(Duration.ofMillis(20));
    }

    /** Exits with 3 if the spool cannot be opened. */
    @SuppressWarnings("SystemExitOutsideMain")
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        RecordingMonitor monitor = new RecordingMonitor();
        Spool spool;
        try {
            spool = Spool.open(options(Path.of(args[0])), TestEvents.SCHEMA, monitor, monitor);
        } catch (SpoolException e) {
            out.println(e.getMessage());
            System.exit(3);
            return;
        }
        Random random = new Random();
        long sequence = Long.parseLong(args[1]);
        List<LogRecord> batch = new ArrayList<>();
        while (monitor.losses.isEmpty() && monitor.failures.isEmpty()) {
            for (int i = random.nextInt(100); i >= 0; i--) {
                spool.append(TestEvents.event(sequence++, 8 + random.nextInt(400)));
            }
            spool.commit();
            out.println("committed " + sequence);
            if (random.nextInt(3) == 0 && spool.reader().read(batch, random.nextInt(200), Duration.ZERO) > 0) {
                out.println("acknowledging " + (TestEvents.sequence(batch.get(batch.size() - 1)) + 1));
                batch.forEach(record -> spool.reader().acknowledge(record.position()));
            }
        }
        out.println("lost " + monitor.losses + monitor.failures);
        System.exit(1);
    }
}
