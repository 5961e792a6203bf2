// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** Facts about a record, bits of its flags: {@code enum ps_record_flags} of {@code bpf/process_signals_events.h}. */
public final class RecordFlags {
    /** Was subject to admission control. */
    public static final int BULK = 1;

    /** Exec: there were more bytes of arguments than were kept. */
    public static final int ARGS_TRUNCATED = 1 << 1;

    /** Exec: the filename was longer than what was kept. */
    public static final int FILENAME_TRUNCATED = 1 << 2;

    /** Exec: the argument pages were not resident. */
    public static final int ARGS_UNREADABLE = 1 << 3;

    /** Signal, cause: directed at the process, not at one thread. */
    public static final int GROUP = 1 << 4;

    /** Signal, cause: sent with {@code SEND_SIG_NOINFO}. */
    public static final int NO_SIGINFO = 1 << 5;

    /** Signal, cause: delivered and neither handled nor ignored. */
    public static final int FATAL = 1 << 6;

    /** Signal, cause: made by the OOM killer. */
    public static final int OOM = 1 << 7;

    /** Exit: the record ends with a cause. */
    public static final int CAUSE = 1 << 8;

    /** Signal, cause: the sender is who sent it. */
    public static final int SENDER = 1 << 9;

    /** Signal, cause: the sender is only the task that ran. */
    public static final int CONTEXT = 1 << 10;

    /** OOM: what {@code oom_kill_process} was told is filled. */
    public static final int OOM_DECISION = 1 << 11;

    /** Cgroup: removed, else made. */
    public static final int CGROUP_REMOVED = 1 << 12;

    /** Cgroup: the path was longer than what was kept. */
    public static final int PATH_TRUNCATED = 1 << 13;

    /** OOM: the constraint is known from the call chain. */
    public static final int OOM_EVIDENCE = 1 << 14;

    private RecordFlags() {}
}
