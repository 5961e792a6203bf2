// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

/** Who or what ended a process. */
public enum Verdict {
    /** The OOM killer, for the limit of the memory cgroup that the process was in. */
    OOM_MEMCG_SELF("out of memory: the limit of its own memory cgroup was hit"),
    /** The OOM killer, for the limit of a cgroup above its own. */
    OOM_MEMCG_ANCESTOR("out of memory: the limit of a memory cgroup above its own was hit"),
    /** The OOM killer, because the node, a cpuset or a memory policy had no memory left, or sysrq asked for it. */
    OOM_GLOBAL("out of memory: not a cgroup's limit"),
    /** A container runtime sent the signal. */
    RUNTIME_STOP("stopped by its container runtime, not OOM"),
    /** Another process, which is neither its parent nor a runtime. */
    USER_KILL("killed by another process"),
    /** Its parent, or the death of its parent. */
    PARENT_KILL("killed by its parent"),
    /** A fault, an assertion, or a limit or timer of its own. */
    SELF_FAULT("ended by its own fault"),
    /** It called exit(2), or signalled itself. */
    SELF_EXIT("ended by itself"),
    /** Init of its pid namespace died: the kernel ends the rest. */
    PIDNS_TEARDOWN("killed because init of its pid namespace ended"),
    /** Not known, and events are missing that may have told. */
    UNKNOWN_LOSS("not known: events are missing that may have told"),
    /** Not known: the kernel's evidence does not tell. */
    UNKNOWN("not known: the evidence does not tell");

    private final String words;

    Verdict(String words) {
        this.words = words;
    }

    /** For people. */
    public String words() {
        return words;
    }

    public boolean isKnown() {
        return this != UNKNOWN && this != UNKNOWN_LOSS;
    }
}
