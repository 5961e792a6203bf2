// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.apache.avro.AvroRuntimeException;

/**
 * The header of a segment, laid out as {@link io.processsignals.common.spool} says.
 *
 * @param version of the format, of the records too
 * @param number names the segment, from 1
 * @param lastNumber last number the file stands for
 * @param createdMicros wall clock
 * @param rewritten whether only priority records are left
 * @param schema what the bodies are written with
 * @param length bytes of the header, hence the offset of the first record
 */
record SegmentHeader(
        int version,
        long number,
        long lastNumber,
        long createdMicros,
        boolean rewritten,
        SpoolSchema schema,
        int length) {
    static final byte[] MAGIC = "PSSPOOL\n".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 2;

    /** Whose files are never written again: a record is one in any segment. */
    private static final int SINGLE_USE_VERSION = 1;

    static final int MAX_LENGTH = 4 << 20;

    /** Positions hold the number in 31 bits. */
    static final long MAX_NUMBER = Integer.MAX_VALUE;

    private static final int VERSION_OFFSET = 8;
    private static final int LENGTH_OFFSET = 12;
    private static final int NUMBER_OFFSET = 16;
    private static final int LAST_NUMBER_OFFSET = 24;
    private static final int CREATED_OFFSET = 32;
    private static final int FINGERPRINT_OFFSET = 40;
    private static final int FLAGS_OFFSET = 48;
    private static final int SCHEMA_LENGTH_OFFSET = 52;
    private static final int SCHEMA_OFFSET = 56;
    private static final int CRC_LENGTH = 4;
    private static final int FLAG_REWRITTEN = 1;

    /** Odd, so that no two numbers of segments give the same mask. */
    private static final int MASK_FACTOR = 0x9E3779B1;

    SegmentHeader(long number, long lastNumber, long createdMicros, boolean rewritten, SpoolSchema schema) {
        this(
                VERSION,
                number,
                lastNumber,
                createdMicros,
                rewritten,
                schema,
                SCHEMA_OFFSET + schema.json().length + CRC_LENGTH);
    }

    /**
     * What the CRC of each record is combined with, by exclusive or: where a file was another segment before, what is
     * left of that one does not pass for records of this.
     */
    int crcMask() {
        return version == SINGLE_USE_VERSION ? 0 : (int) number * MASK_FACTOR;
    }

    /** Whether an {@link RecordFlyweight#END_MARK_LENGTH end mark} may stand before the end of the file. */
    boolean hasEndMark() {
        return version != SINGLE_USE_VERSION;
    }

    ByteBuffer encode() {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(MAGIC).putInt(version).putInt(length);
        buffer.putLong(number).putLong(lastNumber).putLong(createdMicros).putLong(schema.fingerprint());
        buffer.putInt(rewritten ? FLAG_REWRITTEN : 0);
        buffer.putInt(schema.json().length).put(schema.json());
        buffer.putInt(crc(buffer.array(), length - CRC_LENGTH));
        return buffer.flip();
    }

    /**
     * Reads a segment's header.
     *
     * @throws UnreadableSegmentException if the bytes are no header of this version or older
     */
    static SegmentHeader read(SegmentFile file, SpoolSchemas schemas) throws IOException {
        ByteBuffer fixed = readFully(file, new byte[SCHEMA_OFFSET]);
        byte[] magic = new byte[MAGIC.length];
        fixed.get(0, magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new UnreadableSegmentException("not a spool segment", false);
        }
        int version = fixed.getInt(VERSION_OFFSET);
        if (version > VERSION) {
            throw new UnreadableSegmentException("written by a newer version of process-signals", true);
        }
        int length = fixed.getInt(LENGTH_OFFSET);
        int schemaLength = fixed.getInt(SCHEMA_LENGTH_OFFSET);
        if (version < SINGLE_USE_VERSION
                || length > MAX_LENGTH
                || schemaLength < 0
                || length - SCHEMA_OFFSET - CRC_LENGTH != schemaLength) {
            throw new UnreadableSegmentException("damaged header", false);
        }
        byte[] bytes = new byte[length];
        ByteBuffer header = readFully(file, bytes);
        if (header.getInt(length - CRC_LENGTH) != crc(bytes, length - CRC_LENGTH)) {
            throw new UnreadableSegmentException("damaged header", false);
        }
        byte[] json = new byte[schemaLength];
        header.get(SCHEMA_OFFSET, json);
        long number = header.getLong(NUMBER_OFFSET);
        long lastNumber = header.getLong(LAST_NUMBER_OFFSET);
        if (number < 1 || lastNumber < number || lastNumber > MAX_NUMBER) {
            throw new UnreadableSegmentException("damaged header", false);
        }
        try {
            SpoolSchema schema = schemas.parse(json);
            if (schema.fingerprint() != header.getLong(FINGERPRINT_OFFSET)) {
                throw new UnreadableSegmentException("schema and fingerprint disagree", false);
            }
            boolean rewritten = (header.getInt(FLAGS_OFFSET) & FLAG_REWRITTEN) != 0;
            return new SegmentHeader(
                    version, number, lastNumber, header.getLong(CREATED_OFFSET), rewritten, schema, length);
        } catch (AvroRuntimeException e) {
            throw new UnreadableSegmentException("damaged schema", false, e);
        }
    }

    private static ByteBuffer readFully(SegmentFile file, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, buffer.position()) < 0) {
                throw new UnreadableSegmentException("ends within its header", false);
            }
        }
        return buffer.flip();
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
