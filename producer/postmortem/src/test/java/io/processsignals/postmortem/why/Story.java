// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.Container;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.LostInfo;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import io.processsignals.events.ThrottleInfo;
import io.processsignals.postmortem.source.EventRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Builds what an agent would have written, event by event; every event takes the next sequence and millisecond. */
final class Story {
    static final String CONTAINER_ID = "4f".repeat(32);
    static final String POD_CGROUP = "/kubepods/burstable/pod1";
    static final String CGROUP = POD_CGROUP + "/" + CONTAINER_ID;
    private static final Instant EPOCH = Instant.parse("2026-11-20T14:00:00Z");

    private final List<EventRecord> records = new ArrayList<>();
    private final Map<Integer, String> names = new HashMap<>();
    private long now = 1_000_000;

    List<EventRecord> records() {
        return records;
    }

    Story without(Predicate<ProcessSignalEvent> lost) {
        records.removeIf(record -> lost.test(record.event()));
        return this;
    }

    Incident incident() {
        return Incident.of(records);
    }

    Finding finding(int tgid) {
        Incident incident = incident();
        return incident.deaths().stream()
                .filter(death -> death.process().tgid() == tgid)
                .map(incident::judge)
                .findFirst()
                .orElseThrow();
    }

    static ProcessReference process(int tgid, String command) {
        return ProcessReference.newBuilder()
                .setPid(tgid)
                .setTgid(tgid)
                .setCommand(command)
                .setStartTime(tgid)
                .setUid(0)
                .setPpid(1)
                .setParentCommand("init")
                .setContainer(Container.newBuilder()
                        .setCgroupPath("/")
                        .setCgroupId(1)
                        .setRuntime(ContainerRuntime.NONE)
                        .build())
                .build();
    }

    static Container container(String path, long id) {
        return Container.newBuilder()
                .setCgroupId(id)
                .setCgroupPath(path)
                .setRuntime(ContainerRuntime.CONTAINERD)
                .setContainerId(CONTAINER_ID)
                .setPodName("api-7d9")
                .setPodNamespace("payments")
                .setContainerName("api")
                .build();
    }

    ProcessSignalEvent.Builder event(EventType type, Hook hook, int tgid) {
        now += 1_000;
        return ProcessSignalEvent.newBuilder()
                .setNode("n1")
                .setBootId("b1")
                .setCaptureId(7)
                .setHook(hook)
                .setCpu(0)
                .setSequence(records.size() + 1L)
                .setTimestamp(EPOCH.plusNanos(now * 1_000))
                .setBootTime(now)
                .setEventType(type)
                .setPid(tgid)
                .setTgid(tgid)
                .setStartTime(tgid)
                .setCommand(names.getOrDefault(tgid, "java"))
                .setPpid(10)
                .setParentStartTime(10)
                .setParentCommand("sh")
                .setContainer(container(CGROUP, 77));
    }

    Story add(ProcessSignalEvent.Builder event) {
        // One counter for all: so that any event that is taken away leaves a hole.
        records.add(new EventRecord(
                0, records.size(), event.setHook(Hook.SIGNAL_GENERATE).build()));
        return this;
    }

    /** From now on the process has this name. */
    Story named(int tgid, String command) {
        names.put(tgid, command);
        return this;
    }

    /** @param micros in which nothing happens */
    Story pause(long micros) {
        now += micros;
        return this;
    }

    Story exec(int tgid) {
        return add(event(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, tgid)
                .setExecInfo(ExecInfo.newBuilder()
                        .setFilename("/usr/bin/" + names.getOrDefault(tgid, "java"))
                        .build()));
    }

    /** The last three seconds of the container. */
    Story throttled(int percent) {
        return add(event(EventType.CPU_THROTTLED, Hook.AGENT, 0)
                .setThrottleInfo(ThrottleInfo.newBuilder()
                        .setPeriods(100)
                        .setThrottledPeriods(percent)
                        .setIntervalStart(now - 3_000_000)
                        .setIntervalEnd(now)
                        .build()));
    }

    Story signal(
            int tgid,
            int number,
            SignalOrigin origin,
            @Nullable ProcessReference sender,
            @Nullable ProcessReference context,
            boolean oom,
            boolean fatal) {
        return add(event(EventType.SIGNAL_SENT, Hook.SIGNAL_GENERATE, tgid)
                .setIsOomKill(oom)
                .setSender(sender)
                .setSenderPid(sender == null ? null : sender.getTgid())
                .setSignalInfo(SignalInfo.newBuilder()
                        .setSignal(number)
                        .setSignalName(name(number))
                        .setOrigin(origin)
                        .setResult(SignalResult.DELIVERED)
                        .setDisposition(fatal ? SignalDisposition.DEFAULT : SignalDisposition.HANDLED)
                        .setFatal(fatal)
                        .setContext(context)
                        .build()));
    }

    /** Its signal and the exit that names it. */
    Story killed(
            int tgid,
            int number,
            SignalOrigin origin,
            @Nullable ProcessReference sender,
            @Nullable ProcessReference context,
            boolean oom) {
        signal(tgid, number, origin, sender, context, oom, true);
        ExitCause cause = ExitCause.newBuilder()
                .setSignal(number)
                .setSignalName(name(number))
                .setOrigin(origin)
                .setBootTime(now)
                .setTimestamp(EPOCH)
                .setIsOomKill(oom)
                .setSender(sender)
                .setSenderPid(sender == null ? null : sender.getTgid())
                .setContext(context)
                .build();
        return add(event(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, tgid)
                .setIsOomKill(oom)
                .setExitInfo(ExitInfo.newBuilder()
                        .setWaitStatus(number)
                        .setCode(128 + number)
                        .setSignal(number)
                        .setSignalName(name(number))
                        .setCause(cause)
                        .build()));
    }

    Story sent(int tgid, int number, ProcessReference sender) {
        return killed(tgid, number, SignalOrigin.USER, sender, null, false);
    }

    Story exit(int tgid, int code) {
        return add(event(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, tgid)
                .setExitInfo(ExitInfo.newBuilder()
                        .setWaitStatus(code << 8)
                        .setCode(code)
                        .build()));
    }

    Story oom(int tgid, OomConstraint constraint, @Nullable Long limiting, ProcessReference trigger) {
        killed(tgid, 9, SignalOrigin.KERNEL, null, trigger, true);
        return add(event(EventType.OOM_KILL, Hook.OOM_MARK_VICTIM, tgid)
                .setIsOomKill(true)
                .setOomInfo(OomInfo.newBuilder()
                        .setConstraint(constraint)
                        .setLimitingCgroupId(limiting)
                        .setLimitBytes(64L << 20)
                        .setUsageBytes(64L << 20)
                        .setTrigger(trigger)
                        .build()));
    }

    /** The agent's word that events of a hook were lost just now. */
    Story lost(Hook hook, long count) {
        return add(event(EventType.EVENTS_LOST, Hook.AGENT, 0)
                .setLostInfo(LostInfo.newBuilder()
                        .setLostHook(hook)
                        .setCount(count)
                        .setFrom(now - 1_000)
                        .setTo(now)
                        .build()));
    }

    private static String name(int number) {
        return switch (number) {
            case 6 -> "SIGABRT";
            case 9 -> "SIGKILL";
            case 11 -> "SIGSEGV";
            case 14 -> "SIGALRM";
            case 15 -> "SIGTERM";
            default -> "SIG" + number;
        };
    }
}
