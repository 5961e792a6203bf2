// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

/**
 * An ordered log of encoded events. {@link #append} and {@link #commit} belong to the capture thread, the
 * {@link #reader()} to the publish thread; the two sides need no further synchronisation. Never waits for the network.
 */
public interface EventLog extends AutoCloseable {
    /**
     * Appends a copy of the event.
     *
     * @return false if the log had no room and dropped it; the log has then told its {@link LossListener}
     */
    boolean append(EncodedEvent event);

    /**
     * Makes everything appended so far safe and visible to the reader. Called once per batch, before the ring is
     * released.
     */
    void commit();

    /** The single reader, positioned at the first record that was never acknowledged. */
    LogReader reader();

    /** Bytes held and not yet acknowledged. */
    long bytes();

    /** Most bytes that it may hold; 0 if its bound is not one of bytes. */
    long limitBytes();

    /** Wall-clock microseconds of the oldest record not yet acknowledged; 0 if there is none. */
    long oldestTimestampMicros();

    /** Ends both sides; a waiting reader returns at once. What is persistent stays for the next start. */
    @Override
    void close();
}
