// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * A raw record that cannot be read, with as much of its identity as could. It is one event lost in decoding, never a
 * reason to stop: {@link #skipBytes()} leads to the next record.
 */
public final class MalformedRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong with a record. */
    public enum Reason {
        /** Fewer bytes are left than a header has. */
        HEADER_TRUNCATED,
        /** The length is smaller than a header or no multiple of 8. */
        LENGTH,
        /** The record is longer than what is left of the batch. */
        TRUNCATED,
        /** Written by a kernel side with another layout. */
        LAYOUT_VERSION,
        /** Not a type that this code knows. */
        UNKNOWN_TYPE,
        /** Hook, CPU, sequence or capture id that no record of this type can have. */
        IDENTITY,
        /** Too short for its type, its flags or its variable parts. */
        TOO_SHORT,
        /** Longer than its type, its flags and its variable parts make it. */
        TOO_LONG
    }

    private final Reason reason;
    private final int skipBytes;
    private final int type;
    private final int hook;
    private final int cpu;
    private final long sequence;
    private final long captureId;
    private final long bootNs;

    MalformedRecordException(
            Reason reason,
            String message,
            int skipBytes,
            int type,
            int hook,
            int cpu,
            long sequence,
            long captureId,
            long bootNs) {
        super(message, null, false, false);
        this.reason = reason;
        this.skipBytes = skipBytes;
        this.type = type;
        this.hook = hook;
        this.cpu = cpu;
        this.sequence = sequence;
        this.captureId = captureId;
        this.bootNs = bootNs;
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }

    /** Bytes to the next record; 0 if the length cannot be trusted and the rest of the batch is lost with it. */
    public int skipBytes() {
        return skipBytes;
    }

    /** One of {@link RecordType}, or what stood in its place; 0 if not readable. */
    public int type() {
        return type;
    }

    /** One of {@link RawHook}, or what stood in its place; -1 if not readable. */
    public int hook() {
        return hook;
    }

    /** CPU that counted the record; -1 if not readable. */
    public int cpu() {
        return cpu;
    }

    /** The record's sequence; 0 if not readable. */
    public long sequence() {
        return sequence;
    }

    /** The capture id of the sequence; 0 if not readable. */
    public long captureId() {
        return captureId;
    }

    /** Nanoseconds of CLOCK_BOOTTIME; 0 if not readable. */
    public long bootNs() {
        return bootNs;
    }
}
