// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The publish side of an {@link EventLog}; used by one thread, except {@link #acknowledge} and {@link #wake}. */
public interface LogReader {
    /**
     * Reads the next records in order.
     *
     * @param records cleared, then filled
     * @param maxRecords at most this many
     * @param maxWait how long to wait for the first one; zero does not wait
     * @return how many were read; 0 if none came in time or the log was closed
     */
    int read(List<LogRecord> records, int maxRecords, Duration maxWait) throws InterruptedException;

    /** Has a read that waits, or else the next one that would, return at once; from any thread. */
    void wake();

    /**
     * Takes over the keys and bodies of records from {@link #read} that nobody looks at any more: records read later
     * may use their arrays.
     *
     * @param records cleared
     */
    default void recycle(List<LogRecord> records) {
        records.clear();
    }

    /**
     * Reads one record once more, without moving on.
     *
     * @param position of a record that was read and not acknowledged
     * @return empty if it cannot be read any more
     */
    Optional<LogRecord> reread(long position);

    /** Goes back to the first record that was never acknowledged. */
    void rewind();

    /** {@link #acknowledge(long[], int)} of one record. */
    default void acknowledge(long position) {
        acknowledge(new long[] {position}, 1);
    }

    /**
     * Tells that records are safe in Kafka. In any order and from any thread: the log frees what lies before the first
     * unacknowledged record.
     *
     * @param positions of the records; more may lie behind these
     * @param count how many, from the first element on
     */
    void acknowledge(long[] positions, int count);
}
