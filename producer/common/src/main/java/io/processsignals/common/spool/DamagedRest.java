// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LossListener;
import io.processsignals.events.LossStage;
import java.io.IOException;

/** The records of a segment behind the place where it is damaged: lost, and to be told by their number. */
final class DamagedRest {
    /** Taken where no record of the segment can be read. */
    private static final long TYPICAL_BYTES = 300;

    private DamagedRest() {}

    /**
     * @param reader at the first bad record, closed if there is no file; moves on
     * @param good records that were read before, of which the first one begins at {@code firstRecord}
     * @param known how many records there are behind them, {@link Segment#UNKNOWN} if only the file can tell; where its
     *     lengths are damaged too, the number is estimated by the size of the good records
     */
    static void tell(LossListener losses, SegmentReader reader, long firstRecord, int good, int known, long limit) {
        long offset = reader.isOpen() ? reader.offset() : firstRecord;
        long count = known;
        if (count == Segment.UNKNOWN && reader.isOpen()) {
            try {
                count = reader.countByLength(limit);
            } catch (IOException e) {
                count = Segment.UNKNOWN;
            }
        }
        if (count == Segment.UNKNOWN) {
            long typical = good == 0 ? TYPICAL_BYTES : (offset - firstRecord) / good;
            count = Math.max(1, (limit - offset) / typical);
        }
        losses.lostUnread(LossStage.SPOOL, count);
    }

    /** A whole file of so many bytes, more than none, that is no segment any more. */
    static void tellFile(LossListener losses, long bytes) {
        losses.lostUnread(LossStage.SPOOL, Math.max(1, bytes / TYPICAL_BYTES));
    }

    /**
     * The end of the segment that was written last: a batch that was never finished is not lost, since the ring still
     * has it, but whole records are.
     */
    static void tellEnd(LossListener losses, SegmentReader reader, long limit) throws IOException {
        int count = reader.countByLength(limit);
        if (count != Segment.UNKNOWN) {
            losses.lostUnread(LossStage.SPOOL, count);
        }
    }
}
