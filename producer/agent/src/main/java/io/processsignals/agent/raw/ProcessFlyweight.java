// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * One process as the kernel knew it when the hook ran: {@code struct ps_process}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                              tgid                             |  0
 * +---------------------------------------------------------------+
 * |                              pid                              |  4
 * +---------------------------------------------------------------+
 * |                            start_ns                           |  8
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                           cgroup_id                           |  16
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                        parent_start_ns                        |  24
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                              ppid                             |  32
 * +---------------------------------------------------------------+
 * |                             ns_pid                            |  36
 * +---------------------------------------------------------------+
 * |                              uid                              |  40
 * +---------------------------------------------------------------+
 * |                              gid                              |  44
 * +---------------------------------------------------------------+
 * |                            ns_level                           |  48
 * +---------------------------------------------------------------+
 * |                            ns_inum                            |  52
 * +---------------------------------------------------------------+
 * |                        comm (16 bytes)                        |  56
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                     parent_comm (16 bytes)                    |  72
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class ProcessFlyweight extends Flyweight {
    /** Bytes of the struct. */
    public static final int BLOCK_LENGTH = 88;

    public static final int TGID_FIELD_OFFSET = 0;
    public static final int PID_FIELD_OFFSET = 4;
    public static final int START_NS_FIELD_OFFSET = 8;
    public static final int CGROUP_ID_FIELD_OFFSET = 16;
    public static final int PARENT_START_NS_FIELD_OFFSET = 24;
    public static final int PPID_FIELD_OFFSET = 32;
    public static final int NS_PID_FIELD_OFFSET = 36;
    public static final int UID_FIELD_OFFSET = 40;
    public static final int GID_FIELD_OFFSET = 44;
    public static final int NS_LEVEL_FIELD_OFFSET = 48;
    public static final int NS_INUM_FIELD_OFFSET = 52;
    public static final int COMM_FIELD_OFFSET = 56;
    public static final int PARENT_COMM_FIELD_OFFSET = 72;

    /** Makes this a view of the struct at {@code offset}. */
    public ProcessFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** Process id, initial pid namespace. */
    public int tgid() {
        return s32(TGID_FIELD_OFFSET);
    }

    /** Thread id that the hook was about, initial pid namespace. */
    public int pid() {
        return s32(PID_FIELD_OFFSET);
    }

    /** Nanoseconds of CLOCK_BOOTTIME when the process was created; survives exec. */
    public long startNs() {
        return s64(START_NS_FIELD_OFFSET);
    }

    /** Kernfs id of its cgroup: the v1 memory controller's, else the v2 one; 0 if not known. */
    public long cgroupId() {
        return s64(CGROUP_ID_FIELD_OFFSET);
    }

    /** Nanoseconds of CLOCK_BOOTTIME when the parent was created; 0 if none. */
    public long parentStartNs() {
        return s64(PARENT_START_NS_FIELD_OFFSET);
    }

    /** Process id of the real parent, initial pid namespace; 0 if none. */
    public int ppid() {
        return s32(PPID_FIELD_OFFSET);
    }

    /** Process id inside its own pid namespace. */
    public int nsPid() {
        return s32(NS_PID_FIELD_OFFSET);
    }

    /** Real user id in the initial user namespace, 0 to 4294967295. */
    public long uid() {
        return u32(UID_FIELD_OFFSET);
    }

    /** Real group id in the initial user namespace, 0 to 4294967295. */
    public long gid() {
        return u32(GID_FIELD_OFFSET);
    }

    /** Depth of its pid namespace; 0 is the initial one. */
    public int nsLevel() {
        return s32(NS_LEVEL_FIELD_OFFSET);
    }

    /** Inode number of its pid namespace. */
    public long nsInum() {
        return u32(NS_INUM_FIELD_OFFSET);
    }

    /** Bytes 0 to 7 of the process's command name, the first one lowest; NUL-padded. */
    public long commLow() {
        return text(COMM_FIELD_OFFSET);
    }

    /** Bytes 8 to 15 of the process's command name. */
    public long commHigh() {
        return text(COMM_FIELD_OFFSET + Long.BYTES);
    }

    /** Bytes 0 to 7 of the parent's command name, the first one lowest; NUL-padded. */
    public long parentCommLow() {
        return text(PARENT_COMM_FIELD_OFFSET);
    }

    /** Bytes 8 to 15 of the parent's command name. */
    public long parentCommHigh() {
        return text(PARENT_COMM_FIELD_OFFSET + Long.BYTES);
    }
}
