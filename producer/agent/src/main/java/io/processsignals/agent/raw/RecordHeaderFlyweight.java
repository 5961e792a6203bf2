// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.nio.ByteBuffer;

/**
 * First in every record: {@code struct ps_record_header}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                             length                            |  0
 * +---------------------------------------------------------------+
 * |         layout_version        |      type     |      hook     |  4
 * +---------------------------------------------------------------+
 * |                              cpu                              |  8
 * +---------------------------------------------------------------+
 * |                             flags                             |  12
 * +---------------------------------------------------------------+
 * |                            sequence                           |  16
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                            boot_ns                            |  24
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                           capture_id                          |  32
 * |                                                               |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class RecordHeaderFlyweight extends Flyweight {
    /** Bytes of the header. */
    public static final int HEADER_LENGTH = 40;

    public static final int LENGTH_FIELD_OFFSET = 0;
    public static final int LAYOUT_VERSION_FIELD_OFFSET = 4;
    public static final int TYPE_FIELD_OFFSET = 6;
    public static final int HOOK_FIELD_OFFSET = 7;
    public static final int CPU_FIELD_OFFSET = 8;
    public static final int FLAGS_FIELD_OFFSET = 12;
    public static final int SEQUENCE_FIELD_OFFSET = 16;
    public static final int BOOT_NS_FIELD_OFFSET = 24;
    public static final int CAPTURE_ID_FIELD_OFFSET = 32;

    /** Makes this a view of the struct at {@code offset}. */
    public RecordHeaderFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** Makes this a view of a copy of the struct at {@code offset}. */
    public RecordHeaderFlyweight wrap(ByteBuffer buffer, int offset) {
        copy(buffer, offset, HEADER_LENGTH);
        return this;
    }

    /** Bytes of the whole record, this header included. */
    public int length() {
        return s32(LENGTH_FIELD_OFFSET);
    }

    /** {@link RawLayout#LAYOUT_VERSION} where this code can read it. */
    public int layoutVersion() {
        return u16(LAYOUT_VERSION_FIELD_OFFSET);
    }

    /** One of {@link RecordType}. */
    public int type() {
        return u8(TYPE_FIELD_OFFSET);
    }

    /** One of {@link RawHook}. */
    public int hook() {
        return u8(HOOK_FIELD_OFFSET);
    }

    /** CPU whose counter numbered the record. */
    public int cpu() {
        return s32(CPU_FIELD_OFFSET);
    }

    /** Bits of {@link RecordFlags}. */
    public int flags() {
        return s32(FLAGS_FIELD_OFFSET);
    }

    /** From 1, per hook and CPU. */
    public long sequence() {
        return s64(SEQUENCE_FIELD_OFFSET);
    }

    /** Nanoseconds of CLOCK_BOOTTIME when the hook ran. */
    public long bootNs() {
        return s64(BOOT_NS_FIELD_OFFSET);
    }

    /** Microseconds of CLOCK_BOOTTIME when the counters were created. */
    public long captureId() {
        return s64(CAPTURE_ID_FIELD_OFFSET);
    }

    /** Whether all the given bits of {@link RecordFlags} are set. */
    public boolean has(int flags) {
        return (flags() & flags) == flags;
    }
}
