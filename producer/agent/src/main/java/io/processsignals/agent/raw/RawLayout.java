// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** Bounds of the raw layout, {@code bpf/process_signals_events.h}. */
public final class RawLayout {
    /** The version of the layout that these classes read. */
    public static final int LAYOUT_VERSION = 1;

    /** Bytes of a command name, NUL padded: {@code TASK_COMM_LEN} of {@code include/linux/sched.h}. */
    public static final int COMM_LEN = 16;

    /** Most bytes kept of an exec's filename. */
    public static final int FILENAME_MAX = 256;

    /** Most bytes kept of an exec's arguments. */
    public static final int ARGS_MAX = 4096;

    /** Most bytes kept of a cgroup's path. */
    public static final int CGROUP_PATH_MAX = 1024;

    private RawLayout() {}
}
