// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import com.fasterxml.jackson.databind.JsonNode;
import io.processsignals.agent.lab.Finding.Verdict;
import io.processsignals.agent.lab.LabReport.Cause;
import io.processsignals.agent.lab.LabReport.ExpectedSignal;
import io.processsignals.agent.lab.LabReport.Person;
import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.Container;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares what the agent said of a death with what truly happened, field by field. */
final class Judge {
    /**
     * CPU time that a process still uses after the exit hook: tearing down its memory. Measured 12 ms for 32 MB on a
     * slow machine; a guest without hardware virtualisation needs ten times that.
     */
    private static final long CPU_AFTER_HOOK_MICROS = 300_000;

    /** The kernel counts resident pages per CPU and folds them now and then: 64 pages for each of a few CPUs. */
    private static final long RSS_TOLERANCE_BYTES = 1 << 20;

    private final Map<Integer, List<ProcessSignalEvent>> byTgid = new HashMap<>();
    private final KernelEvidence evidence;

    Judge(List<ProcessSignalEvent> events, KernelEvidence evidence) {
        this.evidence = evidence;
        for (ProcessSignalEvent event : events) {
            byTgid.computeIfAbsent(event.getTgid(), tgid -> new ArrayList<>()).add(event);
        }
    }

    List<Finding> judge(LabReport truth) {
        return new Case(truth).judge();
    }

    /** How the agent says it ended, in the words of {@link VerdictTable}. */
    String seen(LabReport truth) {
        List<ProcessSignalEvent> exits = ofType(eventsOf(truth.victim()), EventType.PROCESS_EXIT);
        if (exits.size() != 1) {
            return exits.size() + " exit events";
        }
        ExitInfo info = Objects.requireNonNull(exits.get(0).getExitInfo());
        if (info.getSignal() == null) {
            return "exit " + info.getCode() + (info.getCause() == null ? "" : ", cause");
        }
        String end = "signal " + info.getSignal() + (info.getCoreDumped() ? " + core" : "");
        ExitCause cause = info.getCause();
        if (cause == null) {
            return end + ", no cause";
        }
        return end + ", " + cause.getOrigin() + (cause.getIsOomKill() ? ", OOM" : "")
                + (cause.getSender() == null ? "" : ", sender");
    }

    /** Events whose tgid and start time are this process's. */
    private List<ProcessSignalEvent> eventsOf(Person person) {
        return byTgid.getOrDefault(person.tgid(), List.of()).stream()
                .filter(event -> person.wasBornAt(event.getStartTime()))
                .toList();
    }

    private final class Case {
        private final LabReport truth;
        private final Person victim;
        private final List<Finding> findings = new ArrayList<>();

        Case(LabReport truth) {
            this.truth = truth;
            this.victim = truth.victim();
        }

        List<Finding> judge() {
            List<ProcessSignalEvent> events = eventsOf(victim);
            nobodyElse();
            List<ProcessSignalEvent> exits = ofType(events, EventType.PROCESS_EXIT);
            check("exit events", 1, exits.size());
            List<ProcessSignalEvent> signals = ofType(events, EventType.SIGNAL_SENT);
            if (exits.size() == 1) {
                judgeExit(exits.get(0));
                judgeCause(exits.get(0), signals);
            }
            judgeSignals(signals);
            judgeOom(ofType(events, EventType.OOM_KILL));
            judgeExec(ofType(events, EventType.PROCESS_EXEC));
            return findings;
        }

        /** No event that happened within its life has its tgid and another start time. */
        private void nobodyElse() {
            for (ProcessSignalEvent event : byTgid.getOrDefault(victim.tgid(), List.of())) {
                if (event.getBootTime() > victim.bornBeforeMicros()
                        && event.getBootTime() < truth.diedBeforeMicros()
                        && !victim.wasBornAt(event.getStartTime())) {
                    add(event.getEventType() + ".startTime", victim.json(), event.getStartTime(), Verdict.WRONG);
                }
            }
        }

        private void judgeExit(ProcessSignalEvent exit) {
            ExitInfo info = Objects.requireNonNull(exit.getExitInfo());
            int status = truth.waitStatus();
            int signal = status & 0x7f;
            check("command", victim.commHex(), hex(exit.getCommand()));
            check("uid", victim.uid(), exit.getUid());
            if (truth.ppid() != 0) {
                check("ppid", truth.ppid(), exit.getPpid());
            }
            check("nsPid", truth.nsPid(), exit.getNsPid());
            check("waitStatus", status, info.getWaitStatus());
            check("code", signal == 0 ? status >> 8 & 0xff : 128 + signal, info.getCode());
            check("signal", signal == 0 ? null : signal, info.getSignal());
            check("coreDumped", (status & 0x80) != 0, info.getCoreDumped());
            check("isOomKill", truth.hasCause() && truth.cause().oom(), exit.getIsOomKill());
            if (!truth.cgroup().isEmpty()) {
                check("container.cgroupPath", truth.cgroup(), pathOf(exit.getContainer()));
            }
            between(
                    "lifetime",
                    exit.getBootTime() - victim.bornBeforeMicros() - 1,
                    exit.getBootTime() - victim.bornAfterMicros() + 1,
                    info.getLifetime());
            between("bootTime", victim.bornAfterMicros(), truth.diedBeforeMicros(), exit.getBootTime());
            between(
                    "userTime + systemTime",
                    truth.cpuMicros() - CPU_AFTER_HOOK_MICROS,
                    truth.cpuMicros() + 1000,
                    info.getUserTime() + info.getSystemTime());
            between(
                    "maxRssBytes",
                    truth.maxRssBytes() - RSS_TOLERANCE_BYTES,
                    truth.maxRssBytes() + RSS_TOLERANCE_BYTES,
                    info.getMaxRssBytes());
        }

        private void judgeCause(ProcessSignalEvent exit, List<ProcessSignalEvent> signals) {
            ExitCause cause = Objects.requireNonNull(exit.getExitInfo()).getCause();
            if (!truth.hasCause()) {
                check("cause", null, cause == null ? null : cause.toString());
                return;
            }
            Cause expected = truth.cause();
            if (cause == null) {
                boolean open = expected.open("cause") || (evidence.mayMiss(expected.origin()) && signals.isEmpty());
                add("cause", expected.json(), null, open ? Verdict.OPEN : Verdict.WRONG);
                return;
            }
            check("cause.signal", expected.signal(), cause.getSignal());
            check("cause.siCode", expected.siCode(), cause.getSiCode());
            check("cause.groupDirected", expected.group(), cause.getGroupDirected());
            judgeFlag("cause.isOomKill", expected.oom(), cause.getIsOomKill(), expected.open("oom"));
            judgeOrigin("cause.origin", expected, cause.getOrigin());
            judgeSender("cause.sender", expected, cause.getSenderPid(), cause.getSender());
            judgeContext("cause.context", expected, cause.getContext());
            // The cause is one of the signals that were told, and it is one that had an effect.
            boolean told = signals.stream().anyMatch(signal -> isTheSame(cause, signal));
            check("cause is a delivered SIGNAL_SENT", expected.open("cause") || told, told || expected.open("cause"));
        }

        private boolean isTheSame(ExitCause cause, ProcessSignalEvent event) {
            SignalInfo info = Objects.requireNonNull(event.getSignalInfo());
            return info.getSignal() == cause.getSignal()
                    && info.getResult().name().equals("DELIVERED")
                    && event.getBootTime() == cause.getBootTime()
                    && Objects.equals(event.getSenderPid(), cause.getSenderPid());
        }

        private void judgeSignals(List<ProcessSignalEvent> signals) {
            List<ExpectedSignal> expected = truth.signals();
            int[] seen = new int[expected.size()];
            for (ProcessSignalEvent event : signals) {
                int match = bestMatch(expected, seen, event);
                if (match < 0) {
                    add("SIGNAL_SENT", "no such event", event.getSignalInfo(), Verdict.WRONG);
                } else {
                    seen[match]++;
                    judgeSignal(expected.get(match), event);
                }
            }
            for (int i = 0; i < seen.length; i++) {
                String name =
                        "SIGNAL_SENT events of signal " + expected.get(i).by().signal();
                if (seen[i] == 0 && evidence.mayMiss(expected.get(i).by().origin())) {
                    add(name, expected.get(i).atLeast(), seen[i], Verdict.OPEN);
                } else {
                    between(name, expected.get(i).atLeast(), expected.get(i).atMost(), seen[i]);
                }
            }
        }

        /** The expected event of that signal and result that is still missing, else any of that signal. */
        private int bestMatch(List<ExpectedSignal> expected, int[] seen, ProcessSignalEvent event) {
            SignalInfo info = Objects.requireNonNull(event.getSignalInfo());
            int match = -1;
            for (int i = 0; i < seen.length; i++) {
                ExpectedSignal candidate = expected.get(i);
                if (candidate.by().signal() != info.getSignal() || seen[i] >= candidate.atMost()) {
                    continue;
                }
                if (candidate.hasResult(info.getResult().name())) {
                    return i;
                }
                match = i;
            }
            return match;
        }

        private void judgeSignal(ExpectedSignal expected, ProcessSignalEvent event) {
            SignalInfo info = Objects.requireNonNull(event.getSignalInfo());
            Cause by = expected.by();
            check("signalInfo.siCode", by.siCode(), info.getSiCode());
            check("signalInfo.groupDirected", by.group(), info.getGroupDirected());
            oneOf("signalInfo.result", expected.hasResult(info.getResult().name()), expected.json(), info.getResult());
            oneOf(
                    "signalInfo.disposition",
                    expected.hasDisposition(info.getDisposition().name()),
                    expected.json(),
                    info.getDisposition());
            oneOf("signalInfo.fatal", expected.agreesWithFatal(info.getFatal()), expected.json(), info.getFatal());
            judgeFlag("SIGNAL_SENT.isOomKill", by.oom(), event.getIsOomKill(), by.open("oom"));
            judgeOrigin("signalInfo.origin", by, info.getOrigin());
            judgeSender("sender", by, event.getSenderPid(), event.getSender());
            judgeContext("signalInfo.context", by, info.getContext());
        }

        private void judgeOrigin(String field, Cause expected, SignalOrigin seen) {
            if (seen == SignalOrigin.UNKNOWN) {
                add(field, expected.origin(), seen, expected.open("origin") ? Verdict.OPEN : Verdict.WRONG);
            } else {
                check(field, expected.origin(), seen.name());
            }
        }

        private void judgeSender(
                String field, Cause expected, @Nullable Integer pid, @Nullable ProcessReference sender) {
            List<Person> senders = expected.senders();
            if (senders.isEmpty()) {
                check(field, null, sender == null ? pid : sender);
                return;
            }
            if (sender == null) {
                add(field, senders, null, expected.open("sender") ? Verdict.OPEN : Verdict.WRONG);
                return;
            }
            check(field + " and senderPid", (Integer) sender.getTgid(), pid);
            boolean right = senders.stream().anyMatch(person -> is(person, sender));
            add(field, senders, sender, right ? Verdict.RIGHT : Verdict.WRONG);
        }

        private void judgeContext(String field, Cause expected, @Nullable ProcessReference seen) {
            if (!expected.hasContext()) {
                return;
            }
            if (seen == null) {
                add(field, expected.context(), null, expected.open("context") ? Verdict.OPEN : Verdict.WRONG);
            } else {
                boolean right = is(expected.context(), seen);
                add(field, expected.context(), seen, right ? Verdict.RIGHT : Verdict.WRONG);
            }
        }

        private void judgeFlag(String field, boolean expected, boolean seen, boolean mayBeMissing) {
            if (expected && !seen && mayBeMissing) {
                add(field, true, false, Verdict.OPEN);
            } else {
                check(field, expected, seen);
            }
        }

        private void judgeOom(List<ProcessSignalEvent> kills) {
            check("OOM_KILL events", truth.hasOomKill() ? 1 : 0, kills.size());
            if (!truth.hasOomKill() || kills.size() != 1) {
                return;
            }
            JsonNode expected = truth.oomKill();
            OomInfo info = Objects.requireNonNull(kills.get(0).getOomInfo());
            check("OOM_KILL.isOomKill", true, kills.get(0).getIsOomKill());
            check(
                    "oomInfo.constraint",
                    expected.path("constraint").asText(),
                    info.getConstraint().name());
            ProcessReference trigger = info.getTrigger();
            boolean right = trigger != null && is(new Person(expected.path("trigger")), trigger);
            add("oomInfo.trigger", expected.path("trigger"), trigger, right ? Verdict.RIGHT : Verdict.WRONG);
            check(
                    "OOM_KILL container.cgroupPath",
                    expected.path("victimCgroup").asText(),
                    pathOf(kills.get(0).getContainer()));
            check("oomInfo.limitingCgroupPath", expected.path("limitingCgroup").asText(), info.getLimitingCgroupPath());
            check("oomInfo.limitBytes", expected.path("limitBytes").asLong(), info.getLimitBytes());
        }

        private void judgeExec(List<ProcessSignalEvent> execs) {
            List<byte[]> expected = truth.arguments();
            if (expected.isEmpty()) {
                return;
            }
            check("exec events", 1, execs.size());
            for (ProcessSignalEvent exec : execs) {
                List<String> arguments =
                        Objects.requireNonNull(exec.getExecInfo()).getArguments();
                check(
                        "execInfo.arguments",
                        expected.stream().map(HexFormat.of()::formatHex).toList(),
                        arguments == null
                                ? null
                                : arguments.stream().map(Judge::hex).toList());
            }
        }

        private void check(String field, @Nullable Object expected, @Nullable Object seen) {
            add(field, expected, seen, Objects.equals(expected, seen) ? Verdict.RIGHT : Verdict.WRONG);
        }

        private void oneOf(String field, boolean right, JsonNode expected, @Nullable Object seen) {
            add(field, expected, seen, right ? Verdict.RIGHT : Verdict.WRONG);
        }

        private void between(String field, long least, long most, long seen) {
            boolean right = seen >= least && seen <= most;
            add(field, least + " to " + most, seen, right ? Verdict.RIGHT : Verdict.WRONG);
        }

        private void add(String field, @Nullable Object expected, @Nullable Object seen, Verdict verdict) {
            findings.add(new Finding(
                    truth.kind(), truth.part(), field, String.valueOf(expected), String.valueOf(seen), verdict));
        }
    }

    private static boolean is(Person person, ProcessReference reference) {
        return person.tgid() == reference.getTgid()
                && person.wasBornAt(reference.getStartTime())
                && person.commHex().equals(hex(reference.getCommand()))
                && person.uid() == reference.getUid()
                && (person.parentCommHex().isEmpty()
                        || person.parentCommHex().equals(hex(reference.getParentCommand())));
    }

    private static List<ProcessSignalEvent> ofType(List<ProcessSignalEvent> events, EventType type) {
        return events.stream().filter(event -> event.getEventType() == type).toList();
    }

    private static @Nullable String pathOf(@Nullable Container container) {
        return container == null ? null : container.getCgroupPath();
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(ProcessText.decode(text));
    }
}
