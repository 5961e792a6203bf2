// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.nio.ByteBuffer;

/**
 * One cgroup's share of bulk events, whose counts only grow: {@code struct ps_rate_bucket}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                           cgroup_id                           |  0
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                            next_ns                            |  8
 * |                                                               |
 * +---------------------------------------------------------------+
 * |             suppressed (8 bytes for each BulkType)            |  16
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                       last_suppressed_ns                      |  48
 * |                                                               |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class RateBucketFlyweight extends Flyweight {
    /** Bytes of the struct. */
    public static final int BLOCK_LENGTH = 56;

    public static final int CGROUP_ID_FIELD_OFFSET = 0;
    public static final int NEXT_NS_FIELD_OFFSET = 8;
    public static final int SUPPRESSED_FIELD_OFFSET = 16;
    public static final int LAST_SUPPRESSED_NS_FIELD_OFFSET = 48;

    /** Makes this a view of a copy of the struct at {@code offset}. */
    public RateBucketFlyweight wrap(ByteBuffer buffer, int offset) {
        copy(buffer, offset, BLOCK_LENGTH);
        return this;
    }

    /** Kernfs id. */
    public long cgroupId() {
        return s64(CGROUP_ID_FIELD_OFFSET);
    }

    /** Nanoseconds of CLOCK_BOOTTIME: theoretical arrival time of the next event. */
    public long nextNs() {
        return s64(NEXT_NS_FIELD_OFFSET);
    }

    /**
     * How many events of a type were held back.
     *
     * @param type one of {@link BulkType}
     */
    public long suppressed(int type) {
        return s64(SUPPRESSED_FIELD_OFFSET + Long.BYTES * type);
    }

    /** Nanoseconds of CLOCK_BOOTTIME when one was last held back; 0: never. */
    public long lastSuppressedNs() {
        return s64(LAST_SUPPRESSED_NS_FIELD_OFFSET);
    }
}
