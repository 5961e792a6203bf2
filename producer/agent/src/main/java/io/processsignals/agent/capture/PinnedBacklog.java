// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the pinned ring held when this agent found it, said once it is read: how much of {@code ebpf.ring.bytes} a
 * restart takes on this node. Used by one thread.
 */
final class PinnedBacklog {
    private static final Logger LOG = LoggerFactory.getLogger(PinnedBacklog.class);

    private final int fullBatchBytes;

    private final long startedNanos = System.nanoTime();
    private boolean waiting;
    private long bytes;

    /**
     * @param waiting whether the programs were found running; if not, nothing has gathered
     * @param fullBatchBytes from this on, a batch may have been cut short by its room
     */
    PinnedBacklog(boolean waiting, int fullBatchBytes) {
        this.waiting = waiting;
        this.fullBatchBytes = fullBatchBytes;
    }

    /** Learns of each batch; one with room left shows that the ring is read. */
    void drained(int batchBytes) {
        if (!waiting) {
            return;
        }
        bytes += batchBytes;
        if (batchBytes < fullBatchBytes) {
            waiting = false;
            LOG.info(
                    "The pinned ring is read: {} bytes in {} ms",
                    bytes,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos));
        }
    }
}
