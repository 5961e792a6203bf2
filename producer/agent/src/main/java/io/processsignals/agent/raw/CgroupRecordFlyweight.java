// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * {@code struct ps_cgroup_record}: followed by the path, then padding to 8 bytes.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                       header (40 bytes)                       |  0
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                           cgroup_id                           |  40
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                           hierarchy                           |  48
 * +---------------------------------------------------------------+
 * |            path_len           |              pad              |  52
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class CgroupRecordFlyweight extends Flyweight {
    /** Bytes of the fixed part. */
    public static final int BLOCK_LENGTH = 56;

    public static final int HEADER_FIELD_OFFSET = 0;
    public static final int CGROUP_ID_FIELD_OFFSET = 40;
    public static final int HIERARCHY_FIELD_OFFSET = 48;
    public static final int PATH_LEN_FIELD_OFFSET = 52;

    /** Makes this a view of the struct at {@code offset}. */
    public CgroupRecordFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** The header. */
    public RecordHeaderFlyweight header(RecordHeaderFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + HEADER_FIELD_OFFSET);
    }

    /** Kernfs id. */
    public long cgroupId() {
        return s64(CGROUP_ID_FIELD_OFFSET);
    }

    /** 0: v2, else the v1 hierarchy's number in {@code /proc/cgroups}. */
    public int hierarchy() {
        return s32(HIERARCHY_FIELD_OFFSET);
    }

    /** Bytes of the path below the hierarchy's root, no NUL. */
    public int pathLen() {
        return u16(PATH_LEN_FIELD_OFFSET);
    }

    /** Where in {@link #array()} the path begins. */
    public int pathOffset() {
        return offset() + BLOCK_LENGTH;
    }
}
