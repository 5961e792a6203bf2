// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.processsignals.common.log.EncodedEvent;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The capture thread allocates nothing per event. */
class SpoolAllocationTest {
    private static final int BATCH = 200;

    private final RecordingMonitor monitor = new RecordingMonitor();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path folder;

    @Test
    void appendingAllocatesNothing() throws Exception {
        try (Spool spool = open()) {
            EncodedEvent event = TestEvents.event(1, 300);
            appendBatches(spool, event, 500);

            long before = allocated();
            for (int i = 0; i < BATCH; i++) {
                spool.append(event);
            }
            assertThat(allocated() - before).isEqualTo(allocatedByMeasuring());
            spool.commit();

            // A commit may, a little; a new segment allocates its header.
            long batches = 500;
            long beforeBatches = allocated();
            appendBatches(spool, event, batches);
            assertThat((allocated() - beforeBatches) / (batches * BATCH)).isLessThanOrEqualTo(4);
        }
        assertThat(monitor.losses).isEmpty();
    }

    private static void appendBatches(Spool spool, EncodedEvent event, long count) {
        for (int batch = 0; batch < count; batch++) {
            for (int i = 0; i < BATCH; i++) {
                spool.append(event);
            }
            spool.commit();
        }
    }

    private long allocatedByMeasuring() {
        long before = allocated();
        return allocated() - before;
    }

    private long allocated() {
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private Spool open() throws SpoolException {
        return Spool.open(
                SpoolOptions.of(folder.resolve("spool")).withSyncInterval(Duration.ofMillis(100)),
                TestEvents.SCHEMA,
                monitor,
                monitor);
    }
}
