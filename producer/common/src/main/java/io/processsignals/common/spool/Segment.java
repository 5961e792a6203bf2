// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.nio.file.Path;
import java.util.BitSet;

/**
 * What is known of one segment without reading it. Guarded by the {@link Ledger}'s lock, but for the final fields. Its
 * size does not depend on how much the segment holds, except for one bit per record while the reader is in it.
 */
final class Segment {
    /** Records of a segment that an earlier start wrote, until the reader has come to its end. */
    static final int UNKNOWN = -1;

    final long number;
    final Path path;

    final SegmentHeader header;

    /** Bytes that the file takes. */
    long bytes;

    /** End of the last record that can be read. */
    long committed;

    /** Records up to {@link #committed}, or {@link #UNKNOWN}. */
    int records;

    /** Nothing is appended any more. */
    boolean sealed;

    /** Only priority records are left. */
    boolean rewritten;

    /** Being rewritten or dropped: the reader waits. */
    boolean taken;

    /** The reader has been here, or was before the restart: what it read may be in Kafka. */
    boolean begun;

    /** One past the highest index read. */
    int readEnd;

    int acknowledgedCount;

    final BitSet acknowledged = new BitSet(0);

    /** {@link System#nanoTime} when the newest record was written; immune to steps of the wall clock. */
    long newestNanos;

    /** When the segment was begun, likewise. */
    long createdNanos;

    /** File offset up to which the bytes are known to be durable. */
    long synced;

    Segment(SegmentHeader header, Path path, long bytes, int records) {
        this.number = header.number();
        this.header = header;
        this.path = path;
        this.bytes = bytes;
        this.committed = bytes;
        this.records = records;
        this.rewritten = header.rewritten();
    }

    boolean isDone() {
        return sealed && records != UNKNOWN && acknowledgedCount >= records;
    }

    /** Bytes of records that are not acknowledged, taking records to be of one size. */
    long pendingBytes() {
        long bytes = committed - header.length();
        if (records == UNKNOWN) {
            return bytes;
        }
        return records == 0 ? 0 : bytes * (records - acknowledgedCount) / records;
    }

    /** Index of the first record that is not acknowledged. */
    int firstUnacknowledged() {
        return acknowledged.nextClearBit(0);
    }
}
