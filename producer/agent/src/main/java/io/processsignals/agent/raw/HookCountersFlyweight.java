// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.nio.ByteBuffer;

/**
 * Counters of one hook on one CPU, which only grow: {@code struct ps_hook_counters}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                            sequence                           |  0
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                              lost                             |  8
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                         lost_priority                         |  16
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                          last_lost_ns                         |  24
 * |                                                               |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class HookCountersFlyweight extends Flyweight {
    /** Bytes of the struct. */
    public static final int BLOCK_LENGTH = 32;

    public static final int SEQUENCE_FIELD_OFFSET = 0;
    public static final int LOST_FIELD_OFFSET = 8;
    public static final int LOST_PRIORITY_FIELD_OFFSET = 16;
    public static final int LAST_LOST_NS_FIELD_OFFSET = 24;

    /** Makes this a view of a copy of the struct at {@code offset}. */
    public HookCountersFlyweight wrap(ByteBuffer buffer, int offset) {
        copy(buffer, offset, BLOCK_LENGTH);
        return this;
    }

    /** The last number given out. */
    public long sequence() {
        return s64(SEQUENCE_FIELD_OFFSET);
    }

    /** Of these, how many were not written: ring full or admission refused. */
    public long lost() {
        return s64(LOST_FIELD_OFFSET);
    }

    /** Of the lost: deaths by signal, abnormal exits, OOM, lethal signals. */
    public long lostPriority() {
        return s64(LOST_PRIORITY_FIELD_OFFSET);
    }

    /** Nanoseconds of CLOCK_BOOTTIME when the last one was lost. */
    public long lastLostNs() {
        return s64(LAST_LOST_NS_FIELD_OFFSET);
    }
}
