// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import java.io.BufferedReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Real deaths, as they read in the topic. */
@ExtendWith(RunningQuickstart.class)
class DeathsIT {
    /** Pages that the kernel has not added to a process's sum yet, from 6.2 on: percpu_counter_batch on each CPU. */
    private static final long UNCOUNTED_BYTES = Runtime.getRuntime().availableProcessors()
            * Math.max(32L, 2L * Runtime.getRuntime().availableProcessors())
            * 4096;

    private TopicEvents events;

    @BeforeEach
    void openTopic(Quickstart quickstart) throws Exception {
        events = new TopicEvents(quickstart.openReader(true));
    }

    @AfterEach
    void closeTopic() {
        events.close();
    }

    @Test
    void killedByAShell() throws Exception {
        Process shell = Deaths.start("sh", "-c", "sleep 300 & echo $!; kill -9 $!; wait");
        long victim = firstNumber(shell);
        ProcessSignalEvent exit = events.awaitExit(victim);

        ProcessSignalEvent sent = only(victim, EventType.SIGNAL_SENT);
        assertThat(sent.getSignalInfo().getSignal()).isEqualTo(9);
        assertThat(sent.getSignalInfo().getOrigin()).isEqualTo(SignalOrigin.USER);
        assertThat(sent.getSignalInfo().getResult()).isEqualTo(SignalResult.DELIVERED);
        assertThat(sent.getSignalInfo().getFatal()).isTrue();
        assertThat(sent.getSenderPid().longValue()).isEqualTo(shell.pid());
        assertThat(sent.getSender().getCommand()).isEqualTo("sh");
        assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
        assertThat(exit.getExitInfo().getSignal()).isEqualTo(9);
        assertThat(exit.getExitInfo().getCause().getSenderPid().longValue()).isEqualTo(shell.pid());
        assertThat(exit.getExitInfo().getCause().getSender().getCommand()).isEqualTo("sh");
        assertThat(exit.getExitInfo().getCause().getSender().getStartTime())
                .isEqualTo(sent.getSender().getStartTime());
        assertThat(exit.getIsOomKill()).isFalse();
    }

    @Test
    void terminatedByAShell() throws Exception {
        Process shell = Deaths.start("sh", "-c", "sleep 300 & echo $!; kill -TERM $!; wait");
        ProcessSignalEvent exit = events.awaitExit(firstNumber(shell));

        assertThat(exit.getExitInfo().getCode()).isEqualTo(143);
        assertThat(exit.getExitInfo().getSignal()).isEqualTo(15);
        assertThat(exit.getExitInfo().getCause().getSenderPid().longValue()).isEqualTo(shell.pid());
    }

    @Test
    void exitedWithACode() throws Exception {
        Process shell = Deaths.run("sh", "-c", "exit 7");
        ExitInfo exit = events.awaitExit(shell.pid()).getExitInfo();

        assertThat(exit.getCode()).isEqualTo(7);
        assertThat(exit.getSignal()).isNull();
        assertThat(exit.getCause()).isNull();
        assertThat(events.about(shell.pid(), EventType.SIGNAL_SENT)).isEmpty();
    }

    @Test
    void exitedWithTheCodeThatLooksLikeASignal() throws Exception {
        Process shell = Deaths.run("sh", "-c", "exit 137");
        ExitInfo exit = events.awaitExit(shell.pid()).getExitInfo();

        assertThat(exit.getCode()).isEqualTo(137);
        assertThat(exit.getSignal()).isNull();
        assertThat(exit.getCause()).isNull();
    }

    @Test
    void faulted() throws Exception {
        Process process = Deaths.run(Deaths.program(), "segv");
        ExitInfo exit = events.awaitExit(process.pid()).getExitInfo();

        ProcessSignalEvent sent = only(process.pid(), EventType.SIGNAL_SENT);
        assertThat(sent.getSignalInfo().getSignal()).isEqualTo(11);
        assertThat(sent.getSignalInfo().getSiCodeName()).isEqualTo("SEGV_MAPERR");
        assertThat(sent.getSignalInfo().getOrigin()).isEqualTo(SignalOrigin.FAULT);
        assertThat(sent.getSenderPid()).isNull();
        assertThat(sent.getSender()).isNull();
        assertThat(exit.getCode()).isEqualTo(139);
        assertThat(exit.getSignal()).isEqualTo(11);
        assertThat(exit.getCause().getOrigin()).isEqualTo(SignalOrigin.FAULT);
        assertThat(exit.getCause().getSenderPid()).isNull();
    }

    @Test
    void chosenByTheOomKillerThoughAnotherHitTheLimit() throws Exception {
        try (MemoryCgroup cgroup = MemoryCgroup.create(64L << 20)) {
            Process victim = cgroup.start(Deaths.program(), "eat", "44");
            assertThat(victim.inputReader().readLine()).isEqualTo("full");
            Process trigger = cgroup.start(Deaths.program(), "eat", "30");
            try {
                assertThat(trigger.inputReader().readLine()).isEqualTo("full");
                assertThat(victim.waitFor()).isEqualTo(137);
                ProcessSignalEvent exit = events.awaitExit(victim.pid());
                ProcessSignalEvent oom = events.await(
                        "the OOM kill of " + victim.pid(),
                        event -> event.getEventType() == EventType.OOM_KILL && event.getTgid() == victim.pid());

                assertThat(oom.getIsOomKill()).isTrue();
                assertThat(oom.getOomInfo().getTrigger().getTgid()).isEqualTo((int) trigger.pid());
                assertThat(oom.getOomInfo().getAnonRssBytes()).isGreaterThanOrEqualTo((44L << 20) - UNCOUNTED_BYTES);
                // Which limit it was is known only where the optional probe could be attached.
                assertThat(oom.getOomInfo().getConstraint()).isIn(OomConstraint.MEMCG, OomConstraint.UNKNOWN);
                assertThat(oom.getContainer().getCgroupPath()).endsWith(cgroup.path());

                ExitCause cause = exit.getExitInfo().getCause();
                assertThat(exit.getIsOomKill()).isTrue();
                assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
                assertThat(cause.getIsOomKill()).isTrue();
                assertThat(cause.getSenderPid()).isNull();
                assertThat(cause.getSender()).isNull();
            } finally {
                trigger.destroyForcibly().waitFor();
                victim.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void endedOnceWithManyThreads() throws Exception {
        Process process = Deaths.run(Deaths.program(), "threads", "8");
        events.awaitExit(process.pid());
        // Something that came later is there as well: no second exit is on its way.
        events.awaitExit(Deaths.run("true").pid());

        ProcessSignalEvent exit = only(process.pid(), EventType.PROCESS_EXIT);
        assertThat(exit.getExitInfo().getCode()).isZero();
        assertThat(exit.getExitInfo().getCause()).isNull();
        assertThat(exit.getPpid()).isEqualTo((int) ProcessHandle.current().pid());
    }

    private ProcessSignalEvent only(long pid, EventType type) {
        assertThat(events.about(pid, type)).hasSize(1);
        return events.about(pid, type).get(0);
    }

    private static long firstNumber(Process process) throws Exception {
        try (BufferedReader out = process.inputReader()) {
            long number = Long.parseLong(out.readLine());
            process.waitFor();
            return number;
        }
    }
}
