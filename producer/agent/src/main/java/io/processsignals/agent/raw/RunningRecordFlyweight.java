// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.nio.ByteBuffer;

/**
 * {@code struct ps_running_record}: a process that was there when the agent started. Hook, CPU and sequence of its
 * header mean nothing.
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
 * </pre>
 */
public final class RunningRecordFlyweight extends Flyweight {
    /** Bytes of the struct. */
    public static final int BLOCK_LENGTH = 128;

    public static final int HEADER_FIELD_OFFSET = 0;
    public static final int PROCESS_FIELD_OFFSET = 40;

    /** Makes this a view of the struct at {@code offset}. */
    public RunningRecordFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** Makes this a view of a copy of the struct at {@code offset}. */
    public RunningRecordFlyweight wrap(ByteBuffer buffer, int offset) {
        copy(buffer, offset, BLOCK_LENGTH);
        return this;
    }

    /** The header. */
    public RecordHeaderFlyweight header(RecordHeaderFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + HEADER_FIELD_OFFSET);
    }

    /** The process. */
    public ProcessFlyweight process(ProcessFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + PROCESS_FIELD_OFFSET);
    }
}
