// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Where raw records come from. Reading takes two steps, so that a crash between them loses nothing: {@link #poll}
 * copies a batch, the caller makes it safe, {@link #release} lets the kernel reuse the room.
 *
 * <p>One thread polls and releases; {@link #wake}, {@link #readCounters}, {@link #hooks} and {@link #captureId} may be
 * called from any thread until {@link #close}, which must not overlap any other call.
 */
public interface CaptureSource extends AutoCloseable {
    /**
     * Copies a batch of whole raw records, in kernel order, into {@code buffer[0, n)}. The buffer's position and limit
     * are neither used nor changed. Polling again without a release gives the same records again.
     *
     * @param buffer direct, in native byte order, at least as large as the largest record
     * @param timeoutMillis how long to let records gather first: the wait ends early only when the ring fills past the
     *     kernel's wake-up threshold (a wake-up per record would cost more than the record); 0 does not wait
     * @param silenceMillis where nothing has come by then, how long to wait in all, looking every
     *     {@code timeoutMillis}: on a quiet node, code that runs once a second costs a tenth of one that runs ten times
     * @return bytes copied; 0 if there was nothing within the wait
     * @throws CaptureException if the ring cannot be read; further calls are useless
     */
    int poll(ByteBuffer buffer, int timeoutMillis, int silenceMillis) throws CaptureException;

    /** {@link #poll(ByteBuffer, int, int)} that does not wait for longer. */
    default int poll(ByteBuffer buffer, int timeoutMillis) throws CaptureException {
        return poll(buffer, timeoutMillis, timeoutMillis);
    }

    /** Has a poll that waits, or else the next one that would, return after one {@code timeoutMillis}. */
    default void wake() {}

    /** Moves the ring's consumer position past the batch of the last {@link #poll}; no effect if there is none. */
    void release();

    /** Reads the cumulative counters of every hook on every CPU. */
    void readCounters(HookCounters counters);

    /** Whether the programs were found running, left by an agent before this one. */
    default boolean isAdopted() {
        return false;
    }

    /** Tells programs that outlive the agent that one lives; once a second is enough. */
    default void heartbeat() {}

    /**
     * Reads which losses were told already, by an agent before this one too.
     *
     * @param reported direct, native byte order: {@code struct ps_reported[PS_HOOK_COUNT][cpus]}; untouched by a source
     *     whose counters begin with it
     */
    default void readReported(ByteBuffer reported) throws CaptureException {}

    /** Keeps what {@link #readReported} reads for as long as the counters live. */
    default void writeReported(ByteBuffer reported) throws CaptureException {}

    /** Every hook, in the order of {@code enum ps_hook}, and whether it is attached. */
    List<HookStatus> hooks();

    /** Names the life of the counters: microseconds of CLOCK_BOOTTIME when they were created. */
    long captureId();

    /** Possible CPUs of the node, for {@link HookCounters#HookCounters}. */
    int cpus();

    /** Detaches what is not pinned and frees the ring. Further calls have no effect. */
    @Override
    void close();
}
