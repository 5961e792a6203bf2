// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * The last signal that could have ended a process: {@code struct ps_cause}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                            boot_ns                            |  0
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                             signal                            |  8
 * +---------------------------------------------------------------+
 * |                              code                             |  12
 * +---------------------------------------------------------------+
 * |                             flags                             |  16
 * +---------------------------------------------------------------+
 * |     origin    |  disposition  | oom_constraint|      pad      |  20
 * +---------------------------------------------------------------+
 * |                       sender (88 bytes)                       |  24
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class CauseFlyweight extends Flyweight {
    /** Bytes of the struct. */
    public static final int BLOCK_LENGTH = 112;

    public static final int BOOT_NS_FIELD_OFFSET = 0;
    public static final int SIGNAL_FIELD_OFFSET = 8;
    public static final int CODE_FIELD_OFFSET = 12;
    public static final int FLAGS_FIELD_OFFSET = 16;
    public static final int ORIGIN_FIELD_OFFSET = 20;
    public static final int DISPOSITION_FIELD_OFFSET = 21;
    public static final int OOM_CONSTRAINT_FIELD_OFFSET = 22;
    public static final int SENDER_FIELD_OFFSET = 24;

    /** Makes this a view of the struct at {@code offset}. */
    public CauseFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** Nanoseconds of CLOCK_BOOTTIME when it was generated. */
    public long bootNs() {
        return s64(BOOT_NS_FIELD_OFFSET);
    }

    /** Signal number, 1 to 64; 0: none. */
    public int signal() {
        return s32(SIGNAL_FIELD_OFFSET);
    }

    /** Its {@code si_code}. */
    public int code() {
        return s32(CODE_FIELD_OFFSET);
    }

    /** Bits of {@link RecordFlags}: GROUP, NO_SIGINFO, FATAL, OOM, SENDER, CONTEXT. */
    public int flags() {
        return s32(FLAGS_FIELD_OFFSET);
    }

    /** One of {@link RawOrigin}. */
    public int origin() {
        return u8(ORIGIN_FIELD_OFFSET);
    }

    /** One of {@link RawDisposition}. */
    public int disposition() {
        return u8(DISPOSITION_FIELD_OFFSET);
    }

    /** One of {@link RawOomConstraint}, with OOM. */
    public int oomConstraint() {
        return u8(OOM_CONSTRAINT_FIELD_OFFSET);
    }

    /** Who sent it, or what ran; valid with SENDER or CONTEXT. */
    public ProcessFlyweight sender(ProcessFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + SENDER_FIELD_OFFSET);
    }
}
