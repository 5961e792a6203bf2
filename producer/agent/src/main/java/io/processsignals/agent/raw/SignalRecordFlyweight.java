// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * {@code struct ps_signal_record}. The sender is in the record only with {@link RecordFlags#SENDER} or
 * {@link RecordFlags#CONTEXT}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                       header (40 bytes)                       |  0
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                       process (88 bytes)                      |  40
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                             signal                            |  128
 * +---------------------------------------------------------------+
 * |                              code                             |  132
 * +---------------------------------------------------------------+
 * |     result    |     origin    |  disposition  | oom_constraint|  136
 * +---------------------------------------------------------------+
 * |                              pad                              |  140
 * +---------------------------------------------------------------+
 * |                       sender (88 bytes)                       |  144
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class SignalRecordFlyweight extends Flyweight {
    /** Bytes of a record without a sender. */
    public static final int BLOCK_LENGTH = 144;

    public static final int HEADER_FIELD_OFFSET = 0;
    public static final int PROCESS_FIELD_OFFSET = 40;
    public static final int SIGNAL_FIELD_OFFSET = 128;
    public static final int CODE_FIELD_OFFSET = 132;
    public static final int RESULT_FIELD_OFFSET = 136;
    public static final int ORIGIN_FIELD_OFFSET = 137;
    public static final int DISPOSITION_FIELD_OFFSET = 138;
    public static final int OOM_CONSTRAINT_FIELD_OFFSET = 139;
    public static final int SENDER_FIELD_OFFSET = 144;

    /** Bytes of a record with a sender. */
    public static final int LENGTH_WITH_SENDER = 232;

    /** Makes this a view of the struct at {@code offset}. */
    public SignalRecordFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** The header. */
    public RecordHeaderFlyweight header(RecordHeaderFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + HEADER_FIELD_OFFSET);
    }

    /** The process that the record is about. */
    public ProcessFlyweight process(ProcessFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + PROCESS_FIELD_OFFSET);
    }

    /** Signal number. */
    public int signal() {
        return s32(SIGNAL_FIELD_OFFSET);
    }

    /** Its {@code si_code}. */
    public int code() {
        return s32(CODE_FIELD_OFFSET);
    }

    /** TRACE_SIGNAL_* of include/trace/events/signal.h: 0 delivered, 1 ignored, 2 pending, 3 overflow, 4 lost info. */
    public int result() {
        return u8(RESULT_FIELD_OFFSET);
    }

    /** One of {@link RawOrigin}. */
    public int origin() {
        return u8(ORIGIN_FIELD_OFFSET);
    }

    /** One of {@link RawDisposition}. */
    public int disposition() {
        return u8(DISPOSITION_FIELD_OFFSET);
    }

    /** One of {@link RawOomConstraint}, with {@link RecordFlags#OOM}. */
    public int oomConstraint() {
        return u8(OOM_CONSTRAINT_FIELD_OFFSET);
    }

    /** Who sent it, or what ran; only with one of the flags above. */
    public ProcessFlyweight sender(ProcessFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + SENDER_FIELD_OFFSET);
    }
}
