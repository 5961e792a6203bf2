// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * {@code struct ps_exec_record}: followed by the filename, then the arguments, then padding to 8 bytes.
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
 * |                            old_pid                            |  128
 * +---------------------------------------------------------------+
 * |          filename_len         |            args_len           |  132
 * +---------------------------------------------------------------+
 * |                           args_total                          |  136
 * +---------------------------------------------------------------+
 * |                              pad                              |  140
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class ExecRecordFlyweight extends Flyweight {
    /** Bytes of the fixed part. */
    public static final int BLOCK_LENGTH = 144;

    public static final int HEADER_FIELD_OFFSET = 0;
    public static final int PROCESS_FIELD_OFFSET = 40;
    public static final int OLD_PID_FIELD_OFFSET = 128;
    public static final int FILENAME_LEN_FIELD_OFFSET = 132;
    public static final int ARGS_LEN_FIELD_OFFSET = 134;
    public static final int ARGS_TOTAL_FIELD_OFFSET = 136;

    /** Makes this a view of the struct at {@code offset}. */
    public ExecRecordFlyweight wrap(byte[] array, int offset) {
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

    /** Thread id before the exec. */
    public int oldPid() {
        return s32(OLD_PID_FIELD_OFFSET);
    }

    /** Bytes of the filename, no NUL. */
    public int filenameLen() {
        return u16(FILENAME_LEN_FIELD_OFFSET);
    }

    /** Bytes of the arguments, a NUL after each; the last NUL only if it was kept. */
    public int argsLen() {
        return u16(ARGS_LEN_FIELD_OFFSET);
    }

    /** Bytes that the arguments really had. */
    public long argsTotal() {
        return u32(ARGS_TOTAL_FIELD_OFFSET);
    }

    /** Where in {@link #array()} the filename begins. */
    public int filenameOffset() {
        return offset() + BLOCK_LENGTH;
    }

    /** Where in {@link #array()} the arguments begin. */
    public int argsOffset() {
        return filenameOffset() + filenameLen();
    }
}
