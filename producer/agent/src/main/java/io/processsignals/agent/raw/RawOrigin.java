// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** How a signal came to be: {@code enum ps_origin} of {@code bpf/process_signals_events.h}. */
public final class RawOrigin {
    /** No evidence. */
    public static final int UNKNOWN = 0;

    /** {@code kill(2)}, {@code pidfd_send_signal(2)}, {@code cgroup.kill}. */
    public static final int USER = 1;

    /** {@code sigqueue(3)}. */
    public static final int QUEUE = 2;

    /** {@code tgkill(2)}, {@code tkill(2)}. */
    public static final int THREAD = 3;

    /** The kernel, for a reason not named below. */
    public static final int KERNEL = 4;

    /** {@code alarm(2)}, {@code setitimer(2)}, {@code timer_create(2)}. */
    public static final int TIMER = 5;

    /** A CPU exception or seccomp, by the target itself. */
    public static final int FAULT = 6;

    /** SIGPIPE, SIGIO, message queue, asynchronous I/O. */
    public static final int IO = 7;

    /** {@code prctl(PR_SET_PDEATHSIG)}. */
    public static final int PARENT_DEATH = 8;

    /** The init of the target's pid namespace died. */
    public static final int PIDNS_TEARDOWN = 9;

    private RawOrigin() {}
}
