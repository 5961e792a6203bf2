// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Goes through the records of one segment at a time, in order. One buffer for all; not thread-safe. */
final class SegmentReader implements Closeable {
    enum Step {
        /** {@link #record()} is the next record, until the next step. */
        RECORD,
        /** The limit is reached, or the {@link #isAtEndMark mark} behind the last record. */
        END,
        /** The bytes at {@link #offset()} are no record, and nothing behind them can be trusted. */
        BAD
    }

    private final CRC32C crc = new CRC32C();
    private final RecordFlyweight record = new RecordFlyweight();
    private ByteBuffer buffer;

    private @Nullable SegmentFile file;
    private int crcMask;
    private boolean hasEndMark;

    /** File offset of buffer[0]; buffer[0, limit) is filled. */
    private long bufferStart;

    private long offset;
    private int index;

    /** @param bufferSize bytes read at once; grows to the size of a longer record */
    SegmentReader(int bufferSize) {
        buffer = newBuffer(bufferSize);
    }

    /** Takes over the file, positioned at its first record. */
    void open(SegmentFile file, SegmentHeader header) throws IOException {
        close();
        this.file = file;
        crcMask = header.crcMask();
        hasEndMark = header.hasEndMark();
        restart(header.length());
    }

    /** Goes back to the first record. */
    void restart(long firstRecord) {
        offset = firstRecord;
        index = 0;
        forget();
    }

    boolean isOpen() {
        return file != null;
    }

    /**
     * Moves to the next record.
     *
     * @param limit end of what may be read, an offset at which a record ends; bytes behind it are not even looked at
     */
    Step next(long limit) throws IOException {
        if (offset >= limit || isAtEndMark(limit)) {
            return Step.END;
        }
        if (limit - offset < RecordFlyweight.KEY_OFFSET || !fill(RecordFlyweight.KEY_OFFSET, limit)) {
            return Step.BAD;
        }
        int length = buffer.getInt(at() + RecordFlyweight.LENGTH_OFFSET);
        if (length < RecordFlyweight.KEY_OFFSET - RecordFlyweight.PREFIX_LENGTH
                || length > RecordFlyweight.MAX_SIZE - RecordFlyweight.PREFIX_LENGTH) {
            return Step.BAD;
        }
        int size = RecordFlyweight.PREFIX_LENGTH + length;
        if (size > limit - offset || !fill(size, limit) || !RecordFlyweight.isValid(buffer, at(), size, crc, crcMask)) {
            return Step.BAD;
        }
        record.wrap(buffer, at());
        offset += size;
        index++;
        return Step.RECORD;
    }

    /** Whether what stands before the limit is the mark that no record follows. */
    boolean isAtEndMark(long limit) throws IOException {
        return hasEndMark
                && limit - offset >= RecordFlyweight.END_MARK_LENGTH
                && fill(RecordFlyweight.END_MARK_LENGTH, limit)
                && RecordFlyweight.isEndMark(buffer, at(), crcMask);
    }

    /**
     * Goes to the limit, or the end mark, by the records' lengths alone, whatever else of them is damaged.
     *
     * @return how many records they are, or {@link Segment#UNKNOWN} if the lengths do not lead there
     */
    int countByLength(long limit) throws IOException {
        int count = 0;
        while (offset < limit && !isAtEndMark(limit)) {
            if (limit - offset < RecordFlyweight.KEY_OFFSET || !fill(RecordFlyweight.KEY_OFFSET, limit)) {
                return Segment.UNKNOWN;
            }
            long length = buffer.getInt(at() + RecordFlyweight.LENGTH_OFFSET);
            long size = RecordFlyweight.PREFIX_LENGTH + length;
            if (size < RecordFlyweight.KEY_OFFSET || size > RecordFlyweight.MAX_SIZE || size > limit - offset) {
                return Segment.UNKNOWN;
            }
            offset += size;
            count++;
            if (at() > buffer.limit()) {
                forget();
            }
        }
        return count;
    }

    /** The record of the last step; its memory is used again by the next. */
    RecordFlyweight record() {
        return record;
    }

    /** Index in the segment of the record that comes next. */
    int index() {
        return index;
    }

    /** File offset of the record that comes next. */
    long offset() {
        return offset;
    }

    /** Bytes of the file by now. */
    long fileSize() throws IOException {
        return open().size();
    }

    /** Reads again what was read ahead: a writer may have replaced an unfinished batch since. */
    void forget() {
        bufferStart = offset;
        buffer.limit(0);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    private int at() {
        return (int) (offset - bufferStart);
    }

    /** Brings the bytes [offset, offset + size) into the buffer; false if the file ends before. */
    private boolean fill(int size, long limit) throws IOException {
        if (buffer.limit() - at() >= size) {
            return true;
        }
        int kept = buffer.limit() - at();
        buffer.position(at());
        if (size <= buffer.capacity()) {
            buffer.compact();
        } else {
            buffer = newBuffer(size).put(buffer);
        }
        bufferStart = offset;
        buffer.limit((int) Math.min(buffer.capacity(), limit - bufferStart)).position(kept);
        while (buffer.position() < size && open().read(buffer, bufferStart + buffer.position()) >= 0) {
            // until there is enough or the file ends
        }
        boolean enough = buffer.position() >= size;
        buffer.limit(buffer.position()).position(0);
        return enough;
    }

    private SegmentFile open() {
        if (file == null) {
            throw new IllegalStateException("no segment is open");
        }
        return file;
    }

    private static ByteBuffer newBuffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
