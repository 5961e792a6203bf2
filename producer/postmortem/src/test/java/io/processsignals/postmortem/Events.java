// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem;

import io.processsignals.events.Container;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import java.time.Instant;

/** Events as the agent of node {@code n1} would write them. */
public final class Events {
    public static final Instant START = Instant.parse("2026-11-20T14:02:03.112345Z");

    private Events() {}

    public static ProcessReference sender(int tgid, String command, int ppid, String parent) {
        return ProcessReference.newBuilder()
                .setPid(tgid)
                .setTgid(tgid)
                .setCommand(command)
                .setPpid(ppid)
                .setParentCommand(parent)
                .build();
    }

    public static Container container(String namespace, String pod, long cgroupId) {
        return Container.newBuilder()
                .setCgroupId(cgroupId)
                .setCgroupPath("/kubepods/burstable/pod-" + pod)
                .setRuntime(ContainerRuntime.CONTAINERD)
                .setContainerId(String.format("%064x", cgroupId))
                .setPodNamespace(namespace)
                .setPodName(pod)
                .build();
    }

    /** A SIGKILL to sleep(42). */
    public static ProcessSignalEvent.Builder kill(long sequence) {
        return about(EventType.SIGNAL_SENT, Hook.SIGNAL_GENERATE, sequence)
                .setSignalInfo(SignalInfo.newBuilder()
                        .setSignal(9)
                        .setSignalName("SIGKILL")
                        .setSiCodeName("SI_USER")
                        .setOrigin(SignalOrigin.USER)
                        .setGroupDirected(true)
                        .setResult(SignalResult.DELIVERED)
                        .setDisposition(SignalDisposition.DEFAULT)
                        .setFatal(true)
                        .build())
                .setSenderPid(8121)
                .setSender(sender(8121, "bash", 700, "sshd"));
    }

    /** The clean exit of sleep(42). */
    public static ProcessSignalEvent.Builder exit(long sequence) {
        return about(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, sequence)
                .setExitInfo(ExitInfo.newBuilder()
                        .setWaitStatus(0)
                        .setCode(0)
                        .setDescription("exited with code 0: success")
                        .setUserTime(1_200)
                        .setSystemTime(800)
                        .setMaxRssBytes(4_096)
                        .setLifetime(11_520_000_000L)
                        .build());
    }

    /** An account of losses of the exit hook. */
    public static ProcessSignalEvent.Builder lost(long sequence, long count) {
        return about(EventType.EVENTS_LOST, Hook.AGENT, sequence)
                .setCpu(-1)
                .setPid(0)
                .setTgid(0)
                .setCommand("")
                .setLostInfo(LostInfo.newBuilder()
                        .setCount(count)
                        .setLostType(EventType.PROCESS_EXIT)
                        .setStage(LossStage.RING)
                        .setLostHook(Hook.PROCESS_EXIT)
                        .setLostCpu(0)
                        .setPriorityCount(1)
                        .build());
    }

    private static ProcessSignalEvent.Builder about(EventType type, Hook hook, long sequence) {
        return ProcessSignalEvent.newBuilder()
                .setNode("n1")
                .setBootId("b1")
                .setCaptureId(7)
                .setHook(hook)
                .setCpu(0)
                .setSequence(sequence)
                .setTimestamp(START)
                .setBootTime(1_000_000)
                .setEventType(type)
                .setPid(42)
                .setTgid(42)
                .setPpid(8121)
                .setCommand("sleep")
                .setParentCommand("bash");
    }
}
