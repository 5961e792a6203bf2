// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.nio.file.Path;
import java.time.Instant;

/**
 * Told what goes wrong with the spool's storage. Called on whatever thread met it, which may be the capture thread: an
 * implementation returns quickly and does not call back into the spool.
 */
public interface SpoolMonitor {
    /**
     * The process that had the spool before did not close it: it was killed or crashed, or the machine went down.
     *
     * @param lastWritten when it last wrote here: it lived then
     */
    void foundUnclosed(String pid, Instant lastWritten);

    /**
     * Bytes of a segment cannot be read and are skipped. The events that they were are told to the
     * {@link io.processsignals.common.log.LossListener}, by their number.
     *
     * @param offset of the first bad byte
     * @param bytes how many are skipped
     * @param reason why, for a log line
     */
    void corrupted(Path segment, long offset, long bytes, String reason);

    /** Appends began to fail; called once until {@link #recovered()}. Events are kept in memory or counted as lost. */
    void failing(String reason);

    /** Appends work again. */
    void recovered();

    /** Work off the capture path failed and is tried again: sync, checkpoint, deletion or rewriting. */
    void upkeepFailed(String reason);
}
