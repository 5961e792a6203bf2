// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** One record in place, laid out as {@link io.processsignals.common.spool} says. The buffer is little endian. */
final class RecordFlyweight {
    static final int CRC_OFFSET = 0;
    static final int LENGTH_OFFSET = 4;
    static final int TYPE_OFFSET = 8;
    static final int FLAGS_OFFSET = 9;
    static final int HOOK_OFFSET = 10;
    static final int CPU_OFFSET = 12;
    static final int TIMESTAMP_OFFSET = 16;
    static final int BOOT_TIME_OFFSET = 24;
    static final int CAPTURE_ID_OFFSET = 32;
    static final int SEQUENCE_OFFSET = 40;
    static final int KEY_LENGTH_OFFSET = 48;
    static final int KEY_OFFSET = 52;

    /** What comes before the bytes that the length field counts. */
    static final int PREFIX_LENGTH = 8;

    /** No record is longer, prefix included. */
    static final int MAX_SIZE = 1 << 20;

    /**
     * Bytes of the mark that stands behind the last record where the file goes on with what it held before: a CRC and a
     * length as of a record, the length 0.
     */
    static final int END_MARK_LENGTH = PREFIX_LENGTH;

    private static final int FLAG_PRIORITY = 1;
    private static final int CRC_OF_NO_LENGTH = crcOfNoLength();

    private ByteBuffer buffer = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
    private int offset;

    RecordFlyweight wrap(ByteBuffer buffer, int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** Bytes of the whole record. */
    static long size(EncodedEvent event) {
        return (long) KEY_OFFSET + event.keyLength + event.valueLength;
    }

    /**
     * Writes the event at the buffer's position, which moves past it. There must be room.
     *
     * @param crcMask see {@link SegmentHeader#crcMask}
     */
    @SuppressWarnings("EnumOrdinal") // Avro generates the constants in the order of the schema's symbols
    static void encode(ByteBuffer buffer, EncodedEvent event, CRC32C crc, int crcMask) {
        int start = buffer.position();
        int end = start + (int) size(event);
        buffer.putInt(start + LENGTH_OFFSET, end - start - PREFIX_LENGTH);
        buffer.put(start + TYPE_OFFSET, (byte) event.type.ordinal());
        buffer.put(start + FLAGS_OFFSET, event.priority ? (byte) FLAG_PRIORITY : 0);
        buffer.put(start + HOOK_OFFSET, (byte) event.hook.ordinal());
        buffer.put(start + HOOK_OFFSET + 1, (byte) 0);
        buffer.putInt(start + CPU_OFFSET, event.cpu);
        buffer.putLong(start + TIMESTAMP_OFFSET, event.timestampMicros);
        buffer.putLong(start + BOOT_TIME_OFFSET, event.bootTimeMicros);
        buffer.putLong(start + CAPTURE_ID_OFFSET, event.captureId);
        buffer.putLong(start + SEQUENCE_OFFSET, event.sequence);
        buffer.putInt(start + KEY_LENGTH_OFFSET, event.keyLength);
        buffer.put(start + KEY_OFFSET, event.key, 0, event.keyLength);
        buffer.put(start + KEY_OFFSET + event.keyLength, event.value, 0, event.valueLength);
        buffer.putInt(start + CRC_OFFSET, crc(buffer, start, end, crc) ^ crcMask);
        buffer.position(end);
    }

    /** Writes an end mark at the buffer's position, which moves past it. */
    static void encodeEndMark(ByteBuffer buffer, int crcMask) {
        buffer.putInt(CRC_OF_NO_LENGTH ^ crcMask).putInt(0);
    }

    static boolean isEndMark(ByteBuffer buffer, int offset, int crcMask) {
        return buffer.getInt(offset + LENGTH_OFFSET) == 0
                && buffer.getInt(offset + CRC_OFFSET) == (CRC_OF_NO_LENGTH ^ crcMask);
    }

    private static int crcOfNoLength() {
        CRC32C crc = new CRC32C();
        crc.update(new byte[PREFIX_LENGTH - LENGTH_OFFSET]);
        return (int) crc.getValue();
    }

    /** Whether these bytes are a record: {@code size} of them, the length field agreeing. */
    static boolean isValid(ByteBuffer buffer, int offset, int size, CRC32C crc, int crcMask) {
        if (buffer.getInt(offset + CRC_OFFSET) != (crc(buffer, offset, offset + size, crc) ^ crcMask)) {
            return false;
        }
        // A CRC that holds by chance or malice must not lead outside the record.
        int keyLength = buffer.getInt(offset + KEY_LENGTH_OFFSET);
        return keyLength >= 0 && keyLength <= size - KEY_OFFSET;
    }

    private static int crc(ByteBuffer buffer, int start, int end, CRC32C crc) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.reset();
        crc.update(buffer.limit(end).position(start + LENGTH_OFFSET));
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }

    int offset() {
        return offset;
    }

    int size() {
        return PREFIX_LENGTH + buffer.getInt(offset + LENGTH_OFFSET);
    }

    int typeIndex() {
        return Byte.toUnsignedInt(buffer.get(offset + TYPE_OFFSET));
    }

    boolean priority() {
        return (buffer.get(offset + FLAGS_OFFSET) & FLAG_PRIORITY) != 0;
    }

    int hookIndex() {
        return Byte.toUnsignedInt(buffer.get(offset + HOOK_OFFSET));
    }

    int cpu() {
        return buffer.getInt(offset + CPU_OFFSET);
    }

    long timestampMicros() {
        return buffer.getLong(offset + TIMESTAMP_OFFSET);
    }

    long bootTimeMicros() {
        return buffer.getLong(offset + BOOT_TIME_OFFSET);
    }

    long captureId() {
        return buffer.getLong(offset + CAPTURE_ID_OFFSET);
    }

    long sequence() {
        return buffer.getLong(offset + SEQUENCE_OFFSET);
    }

    LogRecord toLogRecord(long position, SpoolSchema schema) {
        return toLogRecord(position, schema, new byte[keyLength()], new byte[framedBodyLength()]);
    }

    /** With arrays of the pool. */
    LogRecord toLogRecord(long position, SpoolSchema schema, ArrayPool arrays) {
        return toLogRecord(position, schema, arrays.take(keyLength()), arrays.take(framedBodyLength()));
    }

    private LogRecord toLogRecord(long position, SpoolSchema schema, byte[] key, byte[] framedBody) {
        buffer.get(offset + KEY_OFFSET, key);
        buffer.get(
                offset + KEY_OFFSET + key.length,
                framedBody,
                LogRecord.BODY_OFFSET,
                framedBody.length - LogRecord.BODY_OFFSET);
        return new LogRecord(position, schema.type(typeIndex()), timestampMicros(), key, framedBody, schema.schema());
    }

    /** Of {@link LogRecord#framedBody}. */
    private int framedBodyLength() {
        return LogRecord.BODY_OFFSET + size() - KEY_OFFSET - keyLength();
    }

    /**
     * Copies the whole record to the target's position.
     *
     * @param maskChange of the CRC masks of the segments that it comes from and goes to, the exclusive or; what was
     *     damaged in between stays so
     */
    void copyTo(ByteBuffer target, int maskChange) {
        int start = target.position();
        target.put(start, buffer, offset, size());
        changeMask(target, start, maskChange);
        target.position(start + size());
    }

    /** Changes the CRC in place, as {@link #copyTo} does. */
    void changeMask(int maskChange) {
        changeMask(buffer, offset, maskChange);
    }

    private static void changeMask(ByteBuffer records, int at, int maskChange) {
        records.putInt(at + CRC_OFFSET, records.getInt(at + CRC_OFFSET) ^ maskChange);
    }

    private int keyLength() {
        return buffer.getInt(offset + KEY_LENGTH_OFFSET);
    }
}
