// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.events.Hook;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;

/** From the kernel side's numbers to the schema's symbols; a number without a symbol is UNKNOWN. */
final class RawEnums {
    private static final Hook[] HOOKS = {
        Hook.PROCESS_EXEC,
        Hook.PROCESS_EXIT,
        Hook.SIGNAL_GENERATE,
        Hook.SIGNAL_DELIVER,
        Hook.OOM_MARK_VICTIM,
        Hook.CGROUP
    };

    private static final SignalOrigin[] ORIGINS = {
        SignalOrigin.UNKNOWN,
        SignalOrigin.USER,
        SignalOrigin.QUEUE,
        SignalOrigin.THREAD,
        SignalOrigin.KERNEL,
        SignalOrigin.TIMER,
        SignalOrigin.FAULT,
        SignalOrigin.IO,
        SignalOrigin.PARENT_DEATH,
        SignalOrigin.PIDNS_TEARDOWN
    };

    /** TRACE_SIGNAL_* of include/trace/events/signal.h. */
    private static final SignalResult[] RESULTS = {
        SignalResult.DELIVERED,
        SignalResult.IGNORED,
        SignalResult.ALREADY_PENDING,
        SignalResult.OVERFLOW,
        SignalResult.SIGINFO_LOST
    };

    private static final SignalDisposition[] DISPOSITIONS = {
        SignalDisposition.UNKNOWN, SignalDisposition.DEFAULT, SignalDisposition.HANDLED, SignalDisposition.IGNORED
    };

    private static final OomConstraint[] CONSTRAINTS = {
        OomConstraint.UNKNOWN,
        OomConstraint.GLOBAL,
        OomConstraint.CPUSET,
        OomConstraint.MEMPOLICY,
        OomConstraint.MEMCG,
        OomConstraint.SYSRQ
    };

    private RawEnums() {}

    static Hook hook(int raw) {
        return at(HOOKS, raw, Hook.UNKNOWN);
    }

    static SignalOrigin origin(int raw) {
        return at(ORIGINS, raw, SignalOrigin.UNKNOWN);
    }

    static SignalResult result(int raw) {
        return at(RESULTS, raw, SignalResult.UNKNOWN);
    }

    static SignalDisposition disposition(int raw) {
        return at(DISPOSITIONS, raw, SignalDisposition.UNKNOWN);
    }

    static OomConstraint oomConstraint(int raw) {
        return at(CONSTRAINTS, raw, OomConstraint.UNKNOWN);
    }

    private static <T> T at(T[] symbols, int raw, T unknown) {
        return raw >= 0 && raw < symbols.length ? symbols[raw] : unknown;
    }
}
