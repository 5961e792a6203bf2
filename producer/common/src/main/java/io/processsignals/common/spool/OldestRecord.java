// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the time of the oldest record that is not acknowledged, for a metric: asked seldom, so it reads the segment up
 * to there, and goes on from the same place when asked again.
 */
final class OldestRecord implements Closeable {
    private static final int READ_BUFFER_BYTES = 16 << 10;

    private final Ledger ledger;
    private final SegmentReader reader = new SegmentReader(READ_BUFFER_BYTES);
    private @Nullable Segment current;
    private long timestampMicros;

    OldestRecord(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Microseconds of wall clock; of the segment's creation if the record cannot be read; 0 if there is no record. */
    synchronized long timestampMicros() {
        Segment segment = ledger.firstPending();
        if (segment == null) {
            return 0;
        }
        try {
            int index = ledger.firstUnacknowledged(segment);
            if (segment != current || !reader.isOpen() || reader.index() > index + 1) {
                current = null;
                reader.open(SegmentFile.openForReading(segment.path), segment.header);
                current = segment;
            }
            while (reader.index() <= index) {
                if (reader.next(ledger.committed(segment)) != SegmentReader.Step.RECORD) {
                    return segment.header.createdMicros();
                }
                timestampMicros = reader.record().timestampMicros();
            }
            return timestampMicros;
        } catch (IOException e) {
            return segment.header.createdMicros();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        reader.close();
    }
}
