// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.Container;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import io.processsignals.events.SuppressedInfo;
import io.processsignals.events.ThrottleInfo;
import io.processsignals.postmortem.Events;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class EventTextTest {
    private static final String CONTAINER_ID = "0123456789abcdef".repeat(4);

    @Test
    void exitSaysWhoSentTheSignal() {
        assertThat(death(
                        137,
                        9,
                        "SIGKILL",
                        cause -> cause.setSignal(9)
                                .setSignalName("SIGKILL")
                                .setOrigin(SignalOrigin.USER)
                                .setSender(Events.sender(8121, "bash", 700, "sshd"))))
                .isEqualTo("137 SIGKILL from bash(8121)<-sshd(700), lived 3h12m");
    }

    @Test
    void exitByTheOomKillerNamesNoSender() {
        assertThat(death(
                        137,
                        9,
                        "SIGKILL",
                        cause -> cause.setSignal(9)
                                .setSignalName("SIGKILL")
                                .setIsOomKill(true)
                                .setContext(Events.sender(5, "bystander", 1, "init"))))
                .isEqualTo("137 SIGKILL by the OOM killer, lived 3h12m");
    }

    @Test
    void exitByItselfAfterASignalSaysBoth() {
        assertThat(death(
                        143,
                        null,
                        null,
                        cause -> cause.setSignal(15)
                                .setSignalName("SIGTERM")
                                .setOrigin(SignalOrigin.USER)
                                .setSenderPid(7)))
                .isEqualTo("143 after SIGTERM from pid 7, lived 3h12m");
    }

    @Test
    void exitWithoutACauseDoesNotGuess() {
        ProcessSignalEvent event = Events.exit(1)
                .setExitInfo(ExitInfo.newBuilder(Events.exit(1).getExitInfo())
                        .setCode(139)
                        .setSignal(11)
                        .setSignalName("SIGSEGV")
                        .setCoreDumped(true)
                        .build())
                .build();
        assertThat(EventText.detail(event)).isEqualTo("139 SIGSEGV (core dumped), sender not seen, lived 3h12m");
        assertThat(EventText.detail(Events.exit(1).build())).isEqualTo("0, lived 3h12m");
    }

    @Test
    void signalSaysWhatBecameOfIt() {
        assertThat(signal(b -> b)).endsWith(", fatal");
        assertThat(signal(b -> b.setFatal(false).setDisposition(SignalDisposition.HANDLED)))
                .endsWith(", has a handler");
        assertThat(signal(b -> b.setFatal(false).setDisposition(SignalDisposition.IGNORED)))
                .endsWith(", is ignored");
        assertThat(signal(b -> b.setFatal(false).setResult(SignalResult.ALREADY_PENDING)))
                .endsWith(", already pending");
    }

    @Test
    void signalOfTheKernelSaysWhy() {
        assertThat(kernelSignal(SignalOrigin.FAULT, "SEGV_MAPERR"))
                .isEqualTo("SIGSEGV by its own fault, SEGV_MAPERR, fatal");
        assertThat(kernelSignal(SignalOrigin.TIMER, "SI_TIMER")).isEqualTo("SIGSEGV by a timer, fatal");
        assertThat(kernelSignal(SignalOrigin.IO, "SI_SIGIO")).isEqualTo("SIGSEGV by input or output, fatal");
        assertThat(kernelSignal(SignalOrigin.KERNEL, "SI_KERNEL")).isEqualTo("SIGSEGV by the kernel, fatal");
        assertThat(kernelSignal(SignalOrigin.PARENT_DEATH, "SI_USER"))
                .isEqualTo("SIGSEGV by its parent's death: init(5)<-runc(4), fatal");
        assertThat(kernelSignal(SignalOrigin.PIDNS_TEARDOWN, "SI_KERNEL"))
                .isEqualTo("SIGSEGV by the end of its pid namespace: init(5)<-runc(4), fatal");
        assertThat(kernelSignal(SignalOrigin.UNKNOWN, "")).isEqualTo("SIGSEGV, sender not known, fatal");
    }

    @Test
    void signalToOneThreadNamesIt() {
        ProcessSignalEvent event = Events.kill(1).setPid(43).build();
        event.getSignalInfo().setOrigin(SignalOrigin.THREAD);
        event.getSignalInfo().setGroupDirected(false);
        assertThat(EventText.detail(event)).contains(", to thread 43");
    }

    @Test
    void deliveryRepeatsNothingOfTheSending() {
        assertThat(EventText.detail(
                        Events.kill(1).setEventType(EventType.SIGNAL_DELIVERED).build()))
                .isEqualTo("SIGKILL");
    }

    @Test
    void execShowsFileAndArgumentsOnOneLine() {
        ExecInfo exec = ExecInfo.newBuilder()
                .setFilename("/bin/sh")
                .setArguments(List.of("sh", "-c", "exit 7", "", "a\nb"))
                .setArgumentsTruncated(true)
                .build();
        assertThat(EventText.detail(
                        event(EventType.PROCESS_EXEC).setExecInfo(exec).build()))
                .isEqualTo("/bin/sh -c 'exit 7' '' a\\nb ...");
        assertThat(EventText.detail(event(EventType.PROCESS_EXEC)
                        .setExecInfo(ExecInfo.newBuilder()
                                .setFilename("/bin/x")
                                .setFilenameTruncated(true)
                                .build())
                        .build()))
                .isEqualTo("/bin/x...");
    }

    @Test
    void oomNamesLimitVictimAndWhoHitIt() {
        OomInfo oom = OomInfo.newBuilder()
                .setConstraint(OomConstraint.MEMCG)
                .setLimitBytes(64L << 20)
                .setUsageBytes(64L << 20)
                .setLimitingCgroupPath("/box")
                .setAnonRssBytes(60L << 20)
                .setTrigger(Events.sender(9, "dd", 1, "init"))
                .build();
        assertThat(EventText.detail(event(EventType.OOM_KILL).setOomInfo(oom).build()))
                .isEqualTo("out of memory: MEMCG limit 64.0 MiB of /box, used 64.0 MiB, victim anon 60.0 MiB file 0 B"
                        + " shmem 0 B, hit by dd(9)<-init(1)");
    }

    @Test
    void throttlingIsAShareOfPeriods() {
        ThrottleInfo throttle = ThrottleInfo.newBuilder()
                .setIntervalStart(0)
                .setIntervalEnd(60_000_000)
                .setPeriods(600)
                .setThrottledPeriods(468)
                .setThrottledTime(12_340_000)
                .setQuota(50_000L)
                .setPeriod(100_000L)
                .build();
        assertThat(EventText.detail(
                        event(EventType.CPU_THROTTLED).setThrottleInfo(throttle).build()))
                .isEqualTo("throttled in 78% of 600 periods within 1m0s, for 12.3s, quota 0.50 CPU");
    }

    @Test
    void suppressionNamesTheCgroup() {
        assertThat(EventText.detail(event(EventType.EVENTS_SUPPRESSED)
                        .setSuppressedInfo(SuppressedInfo.newBuilder()
                                .setCount(1)
                                .setSuppressedType(EventType.PROCESS_EXEC)
                                .build())
                        .setContainer(
                                Container.newBuilder().setCgroupPath("/box").build())
                        .build()))
                .isEqualTo("1 PROCESS_EXEC event held back by the rate limit of /box");
    }

    @Test
    void placeIsTheBestNameKnown() {
        assertThat(EventText.place(null)).isEqualTo("-");
        assertThat(EventText.place(Container.newBuilder().build())).isEqualTo("-");
        assertThat(EventText.place(
                        Container.newBuilder().setContainerId(CONTAINER_ID).build()))
                .isEqualTo("0123456789ab");
        assertThat(EventText.place(Container.newBuilder()
                        .setContainerId(CONTAINER_ID)
                        .setRuntime(ContainerRuntime.CONTAINERD)
                        .build()))
                .isEqualTo("containerd:0123456789ab");
        assertThat(EventText.place(Container.newBuilder().setPodUid("u").build()))
                .isEqualTo("pod:u");
        assertThat(EventText.place(Container.newBuilder().setPodName("api").build()))
                .isEqualTo("?/api/?");
    }

    @Test
    void aGroupThatIsMissingLeavesTheDetailEmpty() {
        for (EventType type : EventType.values()) {
            assertThat(EventText.detail(event(type).build())).doesNotContain("null");
        }
    }

    private static ProcessSignalEvent.Builder event(EventType type) {
        return Events.exit(1).setEventType(type).setExitInfo(null);
    }

    private static String signal(UnaryOperator<SignalInfo.Builder> change) {
        SignalInfo.Builder signal = SignalInfo.newBuilder(Events.kill(1).getSignalInfo());
        return EventText.detail(
                Events.kill(1).setSignalInfo(change.apply(signal).build()).build());
    }

    private static String kernelSignal(SignalOrigin origin, String code) {
        SignalInfo signal = SignalInfo.newBuilder(Events.kill(1).getSignalInfo())
                .setSignal(11)
                .setSignalName("SIGSEGV")
                .setSiCodeName(code)
                .setOrigin(origin)
                .setContext(Events.sender(5, "init", 4, "runc"))
                .build();
        return EventText.detail(Events.kill(1)
                .setSender(null)
                .setSenderPid(null)
                .setSignalInfo(signal)
                .build());
    }

    private static String death(int code, Integer signal, String name, UnaryOperator<ExitCause.Builder> change) {
        ExitCause cause =
                change.apply(ExitCause.newBuilder().setTimestamp(Instant.EPOCH)).build();
        ExitInfo exit = ExitInfo.newBuilder(Events.exit(1).getExitInfo())
                .setCode(code)
                .setSignal(signal)
                .setSignalName(name)
                .setCause(cause)
                .build();
        return EventText.detail(Events.exit(1).setExitInfo(exit).build());
    }
}
