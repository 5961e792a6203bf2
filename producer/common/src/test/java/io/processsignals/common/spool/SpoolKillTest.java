// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL at random moments: what was committed and not acknowledged is there. */
class SpoolKillTest {
    private static final int KILLS = 10;

    @TempDir
    private Path folder;

    @Test
    void killedWriterLosesNothingCommitted() throws Exception {
        Path spoolFolder = folder.resolve("spool");
        Random random = new Random();
        RecordingMonitor monitor = new RecordingMonitor();
        long next = 0;
        long acknowledged = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process writer = SpoolWriter.start(spoolFolder, next);
            long committed = next;
            int linesBeforeKill = random.nextInt(150);
            try (BufferedReader lines = writer.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] words = line.split(" ");
                    switch (words[0]) {
                        case "committed" -> committed = Long.parseLong(words[1]);
                        case "acknowledging" -> acknowledged = Math.max(acknowledged, Long.parseLong(words[1]));
                        default -> throw new AssertionError(line);
                    }
                    if (linesBeforeKill-- == 0) {
                        writer.toHandle().destroyForcibly(); // unlike Process.destroy, keeps the output readable
                    }
                }
            }
            writer.waitFor();

            try (Spool spool = Spool.open(SpoolWriter.options(spoolFolder), TestEvents.SCHEMA, monitor, monitor)) {
                List<Long> found = sequences(readAll(spool.reader()));
                // No gap: from the first unacknowledged to the last committed, and maybe the batch that was cut short.
                assertThat(found)
                        .as("after kill %d", kill)
                        .isEqualTo(found.isEmpty() ? List.of() : range(found.get(0), found.get(0) + found.size()));
                if (acknowledged < committed) {
                    assertThat(found.get(0)).as("after kill %d", kill).isLessThanOrEqualTo(acknowledged);
                    assertThat(found.get(found.size() - 1))
                            .as("after kill %d", kill)
                            .isGreaterThanOrEqualTo(committed - 1);
                }
                if (!found.isEmpty()) {
                    committed = Math.max(committed, found.get(found.size() - 1) + 1);
                }
            }
            next = committed;
        }
        assertThat(next).isPositive();
        assertThat(monitor.losses).isEmpty();
        assertThat(monitor.failures).isEmpty();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }
}
