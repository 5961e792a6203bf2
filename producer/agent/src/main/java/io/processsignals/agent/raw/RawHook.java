// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** Which hook numbered a record: {@code enum ps_hook} of {@code bpf/process_signals_events.h}. */
public final class RawHook {
    /** {@code sched:sched_process_exec}. */
    public static final int PROCESS_EXEC = 0;

    /** {@code sched:sched_process_exit}. */
    public static final int PROCESS_EXIT = 1;

    /** {@code signal:signal_generate}. */
    public static final int SIGNAL_GENERATE = 2;

    /** {@code signal:signal_deliver}. */
    public static final int SIGNAL_DELIVER = 3;

    /** {@code oom:mark_victim}. */
    public static final int OOM_MARK_VICTIM = 4;

    /** {@code cgroup:cgroup_mkdir} and {@code cgroup:cgroup_rmdir}. */
    public static final int CGROUP = 5;

    /** Kprobe {@code oom_kill_process}; makes no records of its own. */
    public static final int OOM_KILL_PROCESS = 6;

    /** How many hooks there are. */
    public static final int COUNT = 7;

    private RawHook() {}
}
