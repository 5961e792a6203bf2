// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import io.processsignals.agent.raw.MalformedRecordException.Reason;
import java.nio.ByteBuffer;

/**
 * Decides whether the bytes at an offset are a whole record that the flyweights can read without leaving it, and copies
 * it into an array for them. What passes needs no further bounds check. Allocates only when it refuses, and for a
 * record larger than any that the kernel side writes. Not thread-safe.
 */
public final class RecordValidator {
    private static final int ALIGNMENT = 8;

    /** Bytes of the largest record that the kernel side writes. */
    private static final int MAX_LENGTH =
            ExecRecordFlyweight.BLOCK_LENGTH + RawLayout.FILENAME_MAX + RawLayout.ARGS_MAX;

    private byte[] record = new byte[MAX_LENGTH];
    private final RecordHeaderFlyweight header = new RecordHeaderFlyweight();
    private final ExecRecordFlyweight exec = new ExecRecordFlyweight();
    private final CgroupRecordFlyweight cgroup = new CgroupRecordFlyweight();

    /**
     * Checks the record at {@code offset} and copies it to {@link #record()}.
     *
     * @param batch records up to {@link ByteBuffer#limit()}, in native byte order
     * @param offset where the record begins, 0 to the limit
     * @return bytes of the record: the next one begins that much further on
     * @throws MalformedRecordException if it cannot be read; the caller counts it and goes on
     */
    public int validate(ByteBuffer batch, int offset) throws MalformedRecordException {
        int remaining = batch.limit() - offset;
        if (remaining < RecordHeaderFlyweight.HEADER_LENGTH) {
            throw new MalformedRecordException(
                    Reason.HEADER_TRUNCATED, remaining + " bytes where a record should begin", 0, 0, -1, -1, 0, 0, 0);
        }
        int length = batch.getInt(offset + RecordHeaderFlyweight.LENGTH_FIELD_OFFSET);
        if (length < RecordHeaderFlyweight.HEADER_LENGTH || length % ALIGNMENT != 0) {
            header.wrap(batch, offset);
            throw refused(Reason.LENGTH, "record length " + Integer.toUnsignedString(length), 0);
        }
        if (length > remaining) {
            header.wrap(batch, offset);
            throw refused(Reason.TRUNCATED, remaining + " bytes left of a record of " + length, 0);
        }
        if (record.length < length) {
            record = new byte[length];
        }
        batch.get(offset, record, 0, length);
        header.wrap(record, 0);
        if (header.layoutVersion() != RawLayout.LAYOUT_VERSION) {
            throw refused(
                    Reason.LAYOUT_VERSION,
                    "layout version " + header.layoutVersion() + ", not " + RawLayout.LAYOUT_VERSION,
                    length);
        }
        RecordShape shape = RecordShape.of(header.type());
        if (shape == null) {
            throw refused(Reason.UNKNOWN_TYPE, "record type " + header.type(), length);
        }
        checkSize(length, shape.minimum(header.flags()));
        checkIdentity(length, shape.hook());
        return length;
    }

    /** From its begin the record that was validated last, until the next one is. */
    public byte[] record() {
        return record;
    }

    private void checkSize(int length, int minimum) throws MalformedRecordException {
        if (length < minimum) {
            throw refused(Reason.TOO_SHORT, length + " bytes where at least " + minimum + " are needed", length);
        }
        int variable = 0;
        if (header.type() == RecordType.EXEC) {
            exec.wrap(record, 0);
            variable = exec.filenameLen() + exec.argsLen();
        } else if (header.type() == RecordType.CGROUP) {
            variable = cgroup.wrap(record, 0).pathLen();
        }
        int expected = minimum + (variable + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (length < expected) {
            throw refused(Reason.TOO_SHORT, length + " bytes where " + expected + " are needed", length);
        }
        if (length > expected) {
            throw refused(Reason.TOO_LONG, length + " bytes where " + expected + " are needed", length);
        }
    }

    private void checkIdentity(int length, int hook) throws MalformedRecordException {
        if (hook == RecordShape.NO_HOOK) {
            return; // numbered by the agent
        }
        if (header.hook() != hook || header.cpu() < 0 || header.sequence() < 1 || header.captureId() < 0) {
            throw refused(
                    Reason.IDENTITY,
                    "record type " + header.type() + " numbered by hook " + header.hook() + ", cpu " + header.cpu()
                            + ", sequence " + header.sequence(),
                    length);
        }
    }

    private MalformedRecordException refused(Reason reason, String message, int skipBytes) {
        // Another layout may keep anything behind the fields that never move: length, version.
        if (reason == Reason.LAYOUT_VERSION) {
            return new MalformedRecordException(reason, message, skipBytes, 0, -1, -1, 0, 0, 0);
        }
        return new MalformedRecordException(
                reason,
                message,
                skipBytes,
                header.type(),
                header.hook(),
                header.cpu(),
                header.sequence(),
                header.captureId(),
                header.bootNs());
    }
}
