// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** Which limit was hit: {@code enum ps_oom_constraint} of {@code bpf/process_signals_events.h}. */
public final class RawOomConstraint {
    /** No evidence. */
    public static final int UNKNOWN = 0;

    /** The memory of the node. */
    public static final int GLOBAL = 1;

    /** The memory nodes of a cpuset. */
    public static final int CPUSET = 2;

    /** The memory nodes of a memory policy. */
    public static final int MEMPOLICY = 3;

    /** The limit of a memory cgroup. */
    public static final int MEMCG = 4;

    /** A person asked by sysrq. */
    public static final int SYSRQ = 5;

    private RawOomConstraint() {}
}
