// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static io.processsignals.postmortem.why.Verdict.OOM_GLOBAL;
import static io.processsignals.postmortem.why.Verdict.OOM_MEMCG_ANCESTOR;
import static io.processsignals.postmortem.why.Verdict.OOM_MEMCG_SELF;
import static io.processsignals.postmortem.why.Verdict.PARENT_KILL;
import static io.processsignals.postmortem.why.Verdict.PIDNS_TEARDOWN;
import static io.processsignals.postmortem.why.Verdict.RUNTIME_STOP;
import static io.processsignals.postmortem.why.Verdict.SELF_EXIT;
import static io.processsignals.postmortem.why.Verdict.SELF_FAULT;
import static io.processsignals.postmortem.why.Verdict.USER_KILL;

import io.processsignals.events.Container;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import io.processsignals.postmortem.render.EventText;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.why.Death.Cause;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules that make a verdict of a death. They are asked in the order of {@link #RULES}; the first that applies
 * decides. Each needs positive evidence, so that an event which is missing can cost a verdict and never turn it into
 * another one. What would contradict a verdict is looked for after it; if it is there, the verdict is withdrawn. A rule
 * whose evidence does not suffice leaves the verdict open and names the hooks whose events would settle it:
 * UNKNOWN_LOSS is for losses of those, all else that is open is UNKNOWN.
 *
 * <table>
 * <caption>Verdict, its evidence, and what would contradict it</caption>
 * <tr><td>OOM_*</td><td>the kernel marked the signal, the exit or the victim as the OOM killer's; the limiting cgroup
 *     is given, or follows from the cgroups of victim and trigger</td><td>the exit was not by SIGKILL, or not by a
 *     signal</td></tr>
 * <tr><td>PIDNS_TEARDOWN</td><td>the signal's origin</td><td>its sender is a process</td></tr>
 * <tr><td>PARENT_KILL</td><td>origin PARENT_DEATH, or the sender was the parent at that time</td><td>the signal was not
 *     fatal</td></tr>
 * <tr><td>RUNTIME_STOP</td><td>the sender is a runtime's program, outside of the container that the victim is in
 *     ({@link Runtimes})</td><td>OOM evidence</td></tr>
 * <tr><td>SELF_FAULT</td><td>origin FAULT; a fault's or abort's signal sent by the process to itself; its own timer,
 *     pipe or resource limit</td><td>a sender that is another process</td></tr>
 * <tr><td>SELF_EXIT</td><td>wait status without a signal; or another signal that the process sent to
 *     itself</td><td>OOM evidence</td></tr>
 * <tr><td>USER_KILL</td><td>a sender that is none of the above, the parent being known; or the terminal's INTR and QUIT
 *     keys</td><td>the exit names another sender than the signal</td></tr>
 * </table>
 */
final class VerdictRules {
    private static final int SIGINT = 2;
    private static final int SIGQUIT = 3;
    private static final int SIGKILL = 9;
    private static final int SIGXCPU = 24;
    private static final int SIGXFSZ = 25;
    /** Of the events that tell who the parent was before the exit. */
    private static final Set<Hook> TELL_PARENT = EnumSet.of(Hook.AGENT, Hook.PROCESS_EXEC, Hook.SIGNAL_GENERATE);

    /** ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS. */
    private static final Set<Integer> FAULTS = Set.of(4, 5, 6, 7, 8, 11, 31);

    private static final String PROBE_OR_DELETION =
            "why the runtime was told to stop it (failed probe, deletion, eviction, drain) is not in the kernel's data:"
                    + " see the pod's Events";

    private static final List<Rule> RULES = List.of(
            VerdictRules::outOfMemory,
            VerdictRules::exitByItself,
            VerdictRules::namespaceTeardown,
            VerdictRules::runtime,
            VerdictRules::parent,
            VerdictRules::self,
            VerdictRules::ownDoing,
            VerdictRules::terminal,
            VerdictRules::otherProcess);

    /** Empty: it does not apply. */
    private interface Rule {
        Optional<Draft> apply(Death death);
    }

    private VerdictRules() {}

    /**
     * @param death a process that ended
     * @param losses those that touch its life
     * @param lossesLimit how far losses were not looked for; empty if all are known
     */
    static Finding judge(Death death, List<Loss> losses, Optional<String> lossesLimit) {
        Draft draft = RULES.stream()
                .map(rule -> rule.apply(death))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseGet(() -> unknown(death));
        addContext(death, draft);
        contradict(death, draft);
        return draft.finish(death, losses, lossesLimit);
    }

    // ---- out of memory ----

    private static Optional<Draft> outOfMemory(Death death) {
        if (!death.isOom()) {
            return Optional.empty();
        }
        OomInfo oom = death.oomKill().map(record -> record.event().getOomInfo()).orElse(null);
        Draft draft = limit(death, oom);
        death.cause().ifPresent(cause -> draft.fact(cause.record()));
        death.oomKill().ifPresent(draft::fact);
        if (oom != null && oom.getTrigger() != null && !isVictim(death, oom.getTrigger())) {
            draft.note("the allocation that found no memory was made by " + EventText.process(oom.getTrigger())
                    + ", not by the victim");
        }
        return Optional.of(draft);
    }

    private static Draft limit(Death death, @Nullable OomInfo oom) {
        if (oom == null) {
            Draft draft = Draft.open(
                    "out of memory: the OOM killer ended it; whose limit was hit is not known",
                    EnumSet.of(Hook.OOM_MARK_VICTIM),
                    OOM_MEMCG_SELF,
                    OOM_MEMCG_ANCESTOR,
                    OOM_GLOBAL);
            draft.limit("the OOM killer's own event was not read: which limit it was is not known");
            return draft;
        }
        return switch (oom.getConstraint()) {
            case GLOBAL, CPUSET, MEMPOLICY, SYSRQ -> Draft.of(OOM_GLOBAL, "out of memory: " + global(oom));
            case MEMCG -> cgroupLimit(death, oom);
            case UNKNOWN ->
                Draft.open(
                        "out of memory: the OOM killer ended it; the kernel did not say whose limit was hit",
                        EnumSet.noneOf(Hook.class),
                        OOM_MEMCG_SELF,
                        OOM_MEMCG_ANCESTOR,
                        OOM_GLOBAL);
        };
    }

    private static Draft cgroupLimit(Death death, OomInfo oom) {
        Container victim = death.container();
        if (oom.getLimitingCgroupId() != null && victim != null && victim.getCgroupId() != 0) {
            boolean own = oom.getLimitingCgroupId() == victim.getCgroupId();
            String amounts = oom.getLimitBytes() == null
                    ? ""
                    : ": limit " + EventText.amount(oom.getLimitBytes())
                            + (oom.getUsageBytes() == null ? "" : ", used " + EventText.amount(oom.getUsageBytes()));
            Verdict verdict = own ? OOM_MEMCG_SELF : OOM_MEMCG_ANCESTOR;
            return Draft.of(verdict, verdict.words() + amounts);
        }
        String own = victim == null ? null : victim.getCgroupPath();
        Container of = oom.getTrigger() == null ? null : oom.getTrigger().getContainer();
        String triggers = of == null ? null : of.getCgroupPath();
        // The limit that was hit is on the way up from the trigger's cgroup, and from the victim's. The root has none:
        // a trigger there is a kernel thread that allocated for another cgroup.
        if (own != null
                && triggers != null
                && !triggers.equals("/")
                && !own.equals(triggers)
                && !isBelow(triggers, own)) {
            return Draft.of(
                    OOM_MEMCG_ANCESTOR,
                    OOM_MEMCG_ANCESTOR.words() + ": the allocation was made in another cgroup than the victim's");
        }
        Draft draft = Draft.open(
                "out of memory: the limit of its own memory cgroup or of one above was hit",
                EnumSet.noneOf(Hook.class),
                OOM_MEMCG_SELF,
                OOM_MEMCG_ANCESTOR);
        draft.limit(
                oom.getLimitingCgroupId() == null
                        ? "which cgroup's limit it was is not known: the node's kernel does not let oom_kill_process be"
                                + " probed"
                        : "which cgroup the victim was in is not known, so neither whether the limit was its own");
        return draft;
    }

    private static String global(OomInfo oom) {
        return switch (oom.getConstraint()) {
            case CPUSET -> "the memory nodes of its cpuset were full";
            case MEMPOLICY -> "the memory nodes of a memory policy were full";
            case SYSRQ -> "the OOM killer was called by hand (sysrq)";
            default -> "the whole node was";
        };
    }

    private static boolean isBelow(String path, String ancestor) {
        return ancestor.equals("/") || path.startsWith(ancestor + "/");
    }

    // ---- no signal ----

    private static Optional<Draft> exitByItself(Death death) {
        ExitInfo exit = death.exitInfo().orElse(null);
        if (exit == null || exit.getSignal() != null || (exit.getWaitStatus() & 0x7f) != 0) {
            return Optional.empty();
        }
        Optional<EventRecord> stop = death.records().stream()
                .filter(record -> isHandledStop(death, record.event()))
                .findFirst();
        if (stop.isPresent()) {
            Draft draft =
                    Draft.of(RUNTIME_STOP, "its container runtime asked it to stop, and it exited " + exit.getCode());
            draft.confidence = Confidence.MEDIUM;
            draft.fact(stop.get());
            draft.fact(death.exit().orElseThrow());
            draft.limit(PROBE_OR_DELETION);
            return Optional.of(draft);
        }
        Draft draft = Draft.of(SELF_EXIT, "it called exit with code " + exit.getCode());
        draft.fact(death.exit().orElseThrow());
        if (exit.getCode() > 128 && exit.getCode() < 193) {
            draft.note("code " + exit.getCode() + " is what it chose to return, not a signal: often a shell that"
                    + " reports how its child ended");
        }
        return Optional.of(draft);
    }

    /** A runtime's signal that the process took and answered by an exit. */
    private static boolean isHandledStop(Death death, ProcessSignalEvent event) {
        SignalInfo info = event.getSignalInfo();
        ProcessReference sender = event.getSender();
        return event.getEventType() == EventType.SIGNAL_SENT
                && info != null
                && sender != null
                && info.getResult() == SignalResult.DELIVERED
                && info.getDisposition() == SignalDisposition.HANDLED
                && Runtimes.stopped(death.container(), sender);
    }

    // ---- signals ----

    private static Optional<Draft> namespaceTeardown(Death death) {
        return bySignal(death, SignalOrigin.PIDNS_TEARDOWN).map(cause -> {
            String init = cause.context() == null ? "init" : EventText.process(cause.context());
            return draft(
                    PIDNS_TEARDOWN, cause, cause.signalName() + " because " + init + " of its pid namespace ended");
        });
    }

    private static Optional<Draft> runtime(Death death) {
        return sent(death)
                .filter(cause -> Runtimes.stopped(death.container(), sender(cause)))
                .map(cause -> {
                    Draft draft = draft(
                            RUNTIME_STOP,
                            cause,
                            cause.signalName() + " by container runtime " + EventText.process(sender(cause))
                                    + ", not OOM");
                    earlierStop(death, cause).ifPresent(draft::fact);
                    draft.limit(PROBE_OR_DELETION);
                    return draft;
                });
    }

    private static Optional<EventRecord> earlierStop(Death death, Cause cause) {
        return death.records().stream()
                .filter(record -> record.event().getEventType() == EventType.SIGNAL_SENT
                        && record.event().getBootTime() < cause.bootTime()
                        && record.event().getSender() != null
                        && Runtimes.stopped(death.container(), record.event().getSender()))
                .findFirst();
    }

    private static Optional<Draft> parent(Death death) {
        Optional<Cause> death1 = bySignal(death, SignalOrigin.PARENT_DEATH);
        if (death1.isPresent()) {
            Cause cause = death1.get();
            String who = cause.context() == null ? "its parent" : "its parent " + EventText.process(cause.context());
            return Optional.of(
                    draft(PARENT_KILL, cause, cause.signalName() + " because " + who + " ended (PR_SET_PDEATHSIG)"));
        }
        return sent(death)
                .filter(cause -> death.hadParent(senderId(death, cause)))
                .map(cause -> draft(
                        PARENT_KILL, cause, cause.signalName() + " by its parent " + EventText.process(sender(cause))));
    }

    private static Optional<Draft> self(Death death) {
        return sent(death).filter(cause -> isVictim(death, sender(cause))).map(cause -> {
            boolean fault = FAULTS.contains(cause.signal());
            return draft(
                    fault ? SELF_FAULT : SELF_EXIT,
                    cause,
                    "it sent " + cause.signalName() + " to itself" + (cause.signal() == 6 ? ": abort(3)" : ""));
        });
    }

    private static Optional<Draft> ownDoing(Death death) {
        return death.cause().flatMap(cause -> {
            String why = switch (cause.origin()) {
                case FAULT -> "a fault of its own";
                case TIMER -> "its own timer";
                case IO -> cause.signal() == 13 ? "it wrote to a closed pipe" : "its own input or output";
                case KERNEL ->
                    cause.signal() == SIGXCPU
                            ? "it used more CPU time than its limit"
                            : cause.signal() == SIGXFSZ ? "it wrote more than its file size limit" : "";
                default -> "";
            };
            if (why.isEmpty() || cause.sender() != null) {
                return Optional.empty();
            }
            return Optional.of(draft(SELF_FAULT, cause, cause.signalName() + ": " + why));
        });
    }

    /** Only the terminal driver makes these two signals. */
    private static Optional<Draft> terminal(Death death) {
        return bySignal(death, SignalOrigin.KERNEL)
                .filter(cause -> cause.sender() == null && (cause.signal() == SIGINT || cause.signal() == SIGQUIT))
                .map(cause -> {
                    Draft draft = draft(USER_KILL, cause, cause.signalName() + " by a key of its terminal");
                    draft.confidence = Confidence.MEDIUM;
                    return draft;
                });
    }

    private static Optional<Draft> otherProcess(Death death) {
        return sent(death).map(cause -> {
            ProcessReference sender = sender(cause);
            String what = cause.signalName() + " by " + EventText.process(sender);
            if (!death.parentIsCertain()) {
                Draft draft = Draft.open(
                        what + "; whether that was its parent is not known", TELL_PARENT, USER_KILL, PARENT_KILL);
                draft.fact(cause.record());
                return draft;
            }
            Draft draft = draft(USER_KILL, cause, what);
            if (death.container() != null && death.container().getContainerId() != null) {
                Container from = sender.getContainer();
                boolean inside =
                        from != null && Objects.equals(death.container().getContainerId(), from.getContainerId());
                draft.note("the sender is " + (inside ? "in the same container" : "outside of the container"));
            }
            return draft;
        });
    }

    private static Draft unknown(Death death) {
        Optional<Cause> cause = death.cause();
        Draft draft = Draft.open(
                cause.map(known -> known.signalName() + by(known))
                        .orElseGet(() -> death.exitInfo()
                                .map(exit -> exit.getSignalName() + ", and nothing tells who sent it")
                                .orElse("it ended, and its exit was not read")),
                wouldTell(death));
        cause.ifPresent(known -> draft.fact(known.record()));
        death.exit().ifPresent(draft::fact);
        return draft;
    }

    /** The hooks of those events about a death without a known cause that were not read. */
    private static Set<Hook> wouldTell(Death death) {
        Set<Hook> hooks = EnumSet.of(Hook.OOM_MARK_VICTIM);
        if (death.signal().isEmpty()) {
            hooks.add(Hook.SIGNAL_GENERATE);
        }
        if (death.exit().isEmpty()) {
            hooks.add(Hook.PROCESS_EXIT);
        }
        return hooks;
    }

    private static String by(Cause cause) {
        if (cause.context() != null) {
            return " by the kernel while " + EventText.process(cause.context()) + " ended: its tracer's death?";
        }
        if (cause.origin() == SignalOrigin.KERNEL && cause.signal() == SIGKILL) {
            return " by the kernel, without OOM evidence: hard CPU limit, hardware error or sysrq";
        }
        return cause.origin() == SignalOrigin.KERNEL ? " by the kernel" : ", sender not known";
    }

    // ---- shared ----

    private static Optional<Cause> bySignal(Death death, SignalOrigin origin) {
        return death.cause().filter(cause -> cause.origin() == origin);
    }

    private static Optional<Cause> sent(Death death) {
        return death.cause().filter(cause -> cause.sender() != null);
    }

    private static ProcessReference sender(Cause cause) {
        return Objects.requireNonNull(cause.sender());
    }

    private static ProcessId senderId(Death death, Cause cause) {
        return ProcessId.of(death.lastEvent(), sender(cause));
    }

    private static boolean isVictim(Death death, ProcessReference other) {
        return ProcessId.of(death.lastEvent(), other).equals(death.process());
    }

    private static Draft draft(Verdict verdict, Cause cause, String summary) {
        Draft draft = Draft.of(verdict, summary);
        draft.fact(cause.record());
        return draft;
    }

    private static void addContext(Death death, Draft draft) {
        if (!draft.verdict.isKnown()) {
            return;
        }
        if (death.exit().isEmpty()) {
            draft.confidence = Confidence.LOW;
            draft.limit("its exit was not read: it may not have ended yet, or the event is missing");
        } else if (draft.verdict != SELF_EXIT
                && death.cause().map(cause -> !cause.fromExit()).orElse(false)) {
            draft.confidence = draft.confidence.lowered();
            draft.limit("the exit does not name its cause: the signal was joined to it by process and number");
        }
    }

    /** Two accounts of the same death that differ: then neither is believed. */
    private static void contradict(Death death, Draft draft) {
        Optional<Cause> cause = death.cause();
        ExitInfo exit = death.exitInfo().orElse(null);
        if (exit != null
                && cause.isPresent()
                && exit.getSignal() != null
                && exit.getSignal() != cause.get().signal()) {
            draft.contradiction("the exit is by signal " + exit.getSignal() + ", its cause is "
                    + cause.get().signalName());
        }
        if (exit != null && death.isOom() && !Objects.equals(exit.getSignal(), SIGKILL)) {
            draft.contradiction("the OOM killer chose it, but it did not end by SIGKILL");
        }
        if (death.signal().isPresent() && cause.isPresent() && cause.get().fromExit()) {
            ProcessSignalEvent event = death.signal().get().event();
            ProcessReference first = event.getSender();
            ProcessReference second = cause.get().sender();
            if ((first == null) != (second == null)
                    || (first != null && second != null && first.getTgid() != second.getTgid())) {
                draft.contradiction("the exit and the signal's own event name different senders");
            }
        }
    }

    /** A finding in the making. */
    private static final class Draft {
        private Verdict verdict;
        private Confidence confidence;
        private final String summary;
        private final Set<Verdict> candidates;
        private final Set<Hook> wouldTell;
        private final List<Fact> evidence = new ArrayList<>();
        private final List<Fact> contradictions = new ArrayList<>();
        private final List<String> limits = new ArrayList<>();

        private Draft(
                Verdict verdict, Confidence confidence, String summary, Set<Verdict> candidates, Set<Hook> wouldTell) {
            this.verdict = verdict;
            this.confidence = confidence;
            this.summary = summary;
            this.candidates = candidates;
            this.wouldTell = wouldTell;
        }

        static Draft of(Verdict verdict, String summary) {
            return new Draft(
                    verdict, Confidence.HIGH, summary, EnumSet.noneOf(Verdict.class), EnumSet.noneOf(Hook.class));
        }

        /** @param wouldTell hooks of which an event that is missing may have settled it */
        static Draft open(String summary, Set<Hook> wouldTell, Verdict... candidates) {
            EnumSet<Verdict> left = EnumSet.noneOf(Verdict.class);
            left.addAll(Arrays.asList(candidates));
            return new Draft(Verdict.UNKNOWN, Confidence.NONE, summary, left, wouldTell);
        }

        void fact(EventRecord record) {
            Fact fact = Fact.of(record.event().getEventType() + ": " + EventText.detail(record.event()), record);
            if (!evidence.contains(fact)) {
                evidence.add(fact);
            }
        }

        void note(String text) {
            evidence.add(Fact.of(text));
        }

        void limit(String text) {
            limits.add(text);
        }

        void contradiction(String text) {
            contradictions.add(Fact.of(text));
        }

        private boolean mayHaveTold(List<Loss> losses) {
            return !wouldTell.isEmpty()
                    && losses.stream().anyMatch(loss -> loss.hook() == Hook.UNKNOWN || wouldTell.contains(loss.hook()));
        }

        Finding finish(Death death, List<Loss> losses, Optional<String> lossesLimit) {
            if (!contradictions.isEmpty() && verdict.isKnown()) {
                candidates.add(verdict);
                verdict = Verdict.UNKNOWN;
                confidence = Confidence.NONE;
            }
            if (!losses.isEmpty()) {
                long count = losses.stream().mapToLong(Loss::count).sum();
                limits.add(count + " event" + (count == 1 ? " is" : "s are") + " missing around its life: less sure");
                confidence = confidence.lowered();
                if (verdict == Verdict.UNKNOWN && contradictions.isEmpty() && mayHaveTold(losses)) {
                    verdict = Verdict.UNKNOWN_LOSS;
                }
            } else {
                lossesLimit.ifPresent(limits::add);
            }
            return new Finding(
                    death,
                    verdict,
                    confidence,
                    summary,
                    Set.copyOf(candidates),
                    List.copyOf(evidence),
                    List.copyOf(contradictions),
                    List.copyOf(limits));
        }
    }
}
