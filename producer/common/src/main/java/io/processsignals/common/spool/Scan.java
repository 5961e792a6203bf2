// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A segment gone through from its first to its last good record.
 *
 * @param records good ones
 * @param priorityRecords those of them with priority
 * @param priorityBytes their size
 * @param end offset behind the last good one
 * @param damage why it ends there; null if that is the end of the segment
 */
record Scan(
        int records,
        int priorityRecords,
        long priorityBytes,
        long end,
        @Nullable String damage) {
    /** Gets every good record in turn. */
    @FunctionalInterface
    interface Visitor {
        void visit(RecordFlyweight record) throws IOException;
    }

    /**
     * @param reader open, at the first record
     * @param limit end of the segment
     */
    static Scan of(SegmentReader reader, long limit) throws IOException {
        return of(reader, limit, record -> {});
    }

    static Scan of(SegmentReader reader, long limit, Visitor visitor) throws IOException {
        int priorityRecords = 0;
        long priorityBytes = 0;
        String damage = null;
        while (true) {
            SegmentReader.Step step;
            try {
                step = reader.next(limit);
            } catch (IOException e) {
                damage = SpoolDirectory.reason(e);
                break;
            }
            if (step == SegmentReader.Step.END) {
                break;
            }
            if (step == SegmentReader.Step.BAD) {
                damage = "the bytes do not match their checksum";
                break;
            }
            RecordFlyweight record = reader.record();
            if (record.priority()) {
                priorityRecords++;
                priorityBytes += record.size();
            }
            visitor.visit(record);
        }
        return new Scan(reader.index(), priorityRecords, priorityBytes, reader.offset(), damage);
    }
}
