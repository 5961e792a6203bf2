// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.Container;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.quickstart.Quickstart;
import io.processsignals.quickstart.TopicEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deaths in real containers of a real engine, as they read in the topic. Needs root, BTF and Docker. */
class ContainerDeathsIT {
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;
    private static final int SHORT_CONTAINERS = 200;

    private static Quickstart quickstart;
    private static DockerEngine engine;
    private TopicEvents events;

    @BeforeAll
    static void start() throws Exception {
        engine = DockerEngine.create();
        quickstart = Quickstart.start(Quickstart.Ports.free(), Map.of("throttle.interval.ms", "500"));
        quickstart.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        if (quickstart != null) {
            quickstart.close();
        }
        if (engine != null) {
            engine.close();
        }
    }

    @BeforeEach
    void openTopic() throws Exception {
        events = new TopicEvents(quickstart.openReader(true));
    }

    @AfterEach
    void closeTopic() {
        events.close();
    }

    @Test
    void dockerKill() throws Exception {
        String container = engine.start("sleep", "300");
        engine.docker("kill", container);

        ProcessSignalEvent exit = exitOfInit(container);
        assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
        assertRuntime(exit.getExitInfo().getCause().getSender());
        ProcessSignalEvent kill = signalToInit(container, SIGKILL);
        assertThat(kill.getSignalInfo().getFatal()).isTrue();
        assertRuntime(kill.getSender());
    }

    @Test
    void dockerStopOfAProcessThatEndsOnSigterm() throws Exception {
        String container = engine.start("sh", "-c", "trap 'exit 3' TERM; while :; do /bin/sleep 0.1; done");
        awaitTrap(container);
        engine.docker("stop", "-t", "20", container);

        ProcessSignalEvent exit = exitOfInit(container);
        assertThat(exit.getExitInfo().getCode()).isEqualTo(3);
        ProcessSignalEvent term = signalToInit(container, SIGTERM);
        assertRuntime(term.getSender());
        assertThat(term.getSignalInfo().getFatal()).isFalse();
        assertThat(events.read()).noneMatch(event -> isSignal(event, container, SIGKILL) && event.getNsPid() == 1);
    }

    @Test
    void dockerStopOfAProcessThatIgnoresSigterm() throws Exception {
        String container = engine.start("sh", "-c", "trap '' TERM; while :; do /bin/sleep 0.1; done");
        awaitTrap(container);
        engine.docker("stop", "-t", "2", container);

        ProcessSignalEvent exit = exitOfInit(container);
        assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
        ProcessSignalEvent term = signalToInit(container, SIGTERM);
        ProcessSignalEvent kill = signalToInit(container, SIGKILL);
        assertRuntime(term.getSender());
        assertRuntime(kill.getSender());
        // The grace period, as the engine kept it
        assertThat(kill.getBootTime() - term.getBootTime()).isBetween(1_900_000L, 15_000_000L);
        assertThat(exit.getExitInfo().getCause().getSenderPid()).isEqualTo(kill.getSenderPid());
    }

    @Test
    void dockerStopWithoutGrace() throws Exception {
        String container = engine.start("sh", "-c", "trap '' TERM; while :; do /bin/sleep 0.1; done");
        awaitTrap(container);
        engine.docker("stop", "-t", "0", container);

        assertThat(exitOfInit(container).getExitInfo().getCode()).isEqualTo(137);
        assertRuntime(signalToInit(container, SIGKILL).getSender());
    }

    @Test
    void memoryLimit() throws Exception {
        String container = engine.start(List.of("--memory", "20m", "--memory-swap", "20m"), "deaths", "eat", "100");

        ProcessSignalEvent oom = oomKill(container);
        assertThat(oom.getNsPid()).isEqualTo(1);
        assertLimiting(oom, container);
        ProcessSignalEvent exit = exitOfInit(container);
        assertThat(exit.getIsOomKill()).isTrue();
        assertThat(exit.getExitInfo().getCode()).isEqualTo(137);
        assertThat(exit.getExitInfo().getCause().getIsOomKill()).isTrue();
        assertThat(exit.getExitInfo().getCause().getSender()).isNull();
    }

    @Test
    void childKilledByTheMemoryLimitWhileTheContainerLivesOn() throws Exception {
        String container = engine.start(
                List.of("--memory", "20m", "--memory-swap", "20m"),
                "sh",
                "-c",
                "echo -999 >/proc/$$/oom_score_adj 2>/dev/null; deaths eat 100; echo \"code $?\"; sleep 300");

        ProcessSignalEvent oom = oomKill(container);
        assertThat(oom.getNsPid()).isNotEqualTo(1);
        assertThat(oom.getCommand()).isEqualTo("deaths");
        assertLimiting(oom, container);
        ProcessSignalEvent exit = events.awaitExit(oom);
        assertInContainer(exit.getContainer(), container);
        assertThat(exit.getIsOomKill()).isTrue();
        assertThat(engine.docker("inspect", "-f", "{{.State.Running}}", container))
                .isEqualTo("true");
        assertThat(events.read()).noneMatch(event -> isExit(event, container) && event.getNsPid() == 1);
        engine.docker("rm", "-f", container);
    }

    @Test
    void cpuLimit() throws Exception {
        String container = engine.start(List.of("--cpus", "0.1"), "sh", "-c", "while :; do :; done");

        ProcessSignalEvent throttled = events.await(
                "throttling of " + container,
                event -> event.getEventType() == EventType.CPU_THROTTLED && isIn(event.getContainer(), container));
        assertInContainer(throttled.getContainer(), container);
        assertThat(throttled.getThrottleInfo().getThrottledPeriods()).isPositive();
        assertThat(throttled.getThrottleInfo().getQuota()).isEqualTo(10_000);
        assertThat(throttled.getThrottleInfo().getPeriod()).isEqualTo(100_000);
        engine.docker("rm", "-f", container);
    }

    @Test
    void processOfDockerExecKilledFromInside() throws Exception {
        String container = engine.start("sleep", "300");
        // The shell remains the parent: it and its victim are processes of exec, not of the container's first one
        engine.docker("exec", container, "sh", "-c", "sleep 301 & kill -9 $!; wait; :");

        ProcessSignalEvent kill = events.await(
                "SIGKILL in " + container,
                event -> isSignal(event, container, SIGKILL) && event.getSenderPid() != null);
        assertThat(kill.getNsPid()).isGreaterThan(1);
        assertThat(kill.getSender().getCommand()).isEqualTo("sh");
        assertInContainer(kill.getSender().getContainer(), container);
        ProcessSignalEvent exit = events.awaitExit(kill);
        assertInContainer(exit.getContainer(), container);
        assertThat(exit.getExitInfo().getCause().getSender().getContainer().getContainerId())
                .isEqualTo(container);
        engine.docker("rm", "-f", container);
    }

    @Test
    void processOfDockerExecKilledFromTheNode() throws Exception {
        String container = engine.start("sleep", "300");
        engine.docker("exec", "-d", container, "sleep", "302");
        ProcessSignalEvent exec = events.await(
                "exec of sleep 302",
                event -> event.getEventType() == EventType.PROCESS_EXEC
                        && isIn(event.getContainer(), container)
                        && event.getExecInfo().getArguments() != null
                        && event.getExecInfo().getArguments().contains("302"));
        DockerEngine.run("sh", "-c", "kill -9 " + exec.getTgid());

        ProcessSignalEvent exit = events.awaitExit(exec);
        assertInContainer(exit.getContainer(), container);
        ExitCause cause = exit.getExitInfo().getCause();
        assertThat(cause.getSender().getCommand()).isEqualTo("sh");
        assertThat(cause.getSender().getContainer().getRuntime()).isEqualTo(ContainerRuntime.NONE);
        engine.docker("rm", "-f", container);
    }

    @Test
    void othersOfAPidNamespaceDieWithItsInit() throws Exception {
        String container = engine.start("sh", "-c", "sleep 303 & sleep 304");
        engine.docker("kill", container);

        exitOfInit(container);
        ProcessSignalEvent exit = events.await(
                "the exit of another process of " + container,
                event -> isExit(event, container)
                        && event.getNsPid() != 1
                        && event.getExitInfo().getCode() == 137);
        assertThat(exit.getExitInfo().getCause().getSender()).isNull();
    }

    @Test
    void containersThatLive50Milliseconds() throws Exception {
        List<String> containers = new ArrayList<>();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> runs = new ArrayList<>();
            for (int i = 0; i < SHORT_CONTAINERS; i++) {
                runs.add(() -> engine.start(List.of("--rm"), "sleep", "0.05"));
            }
            for (Future<String> run : pool.invokeAll(runs)) {
                containers.add(run.get());
            }
        } finally {
            pool.shutdown();
        }

        assertThat(containers).doesNotHaveDuplicates().hasSize(SHORT_CONTAINERS);
        List<Long> lifetimes = new ArrayList<>();
        for (String container : containers) {
            ProcessSignalEvent exit = exitOfInit(container);
            assertThat(exit.getExitInfo().getCode()).isZero();
            assertThat(exit.getCommand()).isEqualTo("sleep");
            lifetimes.add(sinceExec(exit));
        }
        lifetimes.sort(null);
        System.out.printf(
                "%d of %d containers are named; median of their lives, exec to exit: %d ms%n",
                lifetimes.size(), SHORT_CONTAINERS, lifetimes.get(lifetimes.size() / 2) / 1000);
    }

    @Test
    void containersOfOneProgramThatDoesNothing() throws Exception {
        String container = engine.start(List.of("--rm"), "true");

        ProcessSignalEvent exit = exitOfInit(container);
        assertThat(exit.getExitInfo().getCode()).isZero();
        assertThat(sinceExec(exit)).isLessThan(100_000L);
    }

    /** Microseconds from the last exec of a process to its exit. */
    private long sinceExec(ProcessSignalEvent exit) {
        return events.read().stream()
                .filter(event -> event.getEventType() == EventType.PROCESS_EXEC
                        && event.getTgid() == exit.getTgid()
                        && event.getStartTime() == exit.getStartTime())
                .mapToLong(event -> exit.getBootTime() - event.getBootTime())
                .min()
                .orElseThrow();
    }

    /** Waits until the shell has set its trap: then it has started a sleep. */
    private void awaitTrap(String container) throws Exception {
        events.await(
                "the first sleep in " + container,
                event -> event.getEventType() == EventType.PROCESS_EXEC
                        && isIn(event.getContainer(), container)
                        && event.getCommand().equals("sleep"));
    }

    private ProcessSignalEvent exitOfInit(String container) throws SourceException {
        ProcessSignalEvent exit =
                events.await("the exit of " + container, event -> isExit(event, container) && event.getNsPid() == 1);
        assertInContainer(exit.getContainer(), container);
        return exit;
    }

    private ProcessSignalEvent signalToInit(String container, int number) throws SourceException {
        ProcessSignalEvent sent = events.await(
                "signal " + number + " to " + container,
                event -> isSignal(event, container, number) && event.getNsPid() == 1);
        assertInContainer(sent.getContainer(), container);
        return sent;
    }

    private ProcessSignalEvent oomKill(String container) throws SourceException {
        ProcessSignalEvent oom = events.await(
                "the OOM kill in " + container,
                event -> event.getEventType() == EventType.OOM_KILL && isIn(event.getContainer(), container));
        assertInContainer(oom.getContainer(), container);
        return oom;
    }

    private static void assertLimiting(ProcessSignalEvent oom, String container) {
        OomInfo info = oom.getOomInfo();
        assertThat(info.getConstraint()).isEqualTo(OomConstraint.MEMCG);
        assertThat(info.getLimitingCgroupPath()).contains(container);
        assertThat(info.getLimitingCgroupId()).isEqualTo(oom.getContainer().getCgroupId());
        assertThat(info.getLimitBytes()).isEqualTo(20L << 20);
        assertThat(info.getUsageBytes()).isBetween(19L << 20, 20L << 20);
    }

    private static void assertInContainer(Container container, String id) {
        assertThat(container.getContainerId()).isEqualTo(id);
        assertThat(container.getRuntime()).isEqualTo(ContainerRuntime.DOCKER);
        assertThat(container.getCgroupPath()).contains(id);
    }

    /** The engine's low-level runtime, or its shim, outside all containers. */
    private static void assertRuntime(ProcessReference sender) {
        assertThat(sender.getCommand()).matches("runc.*|containerd-shim");
        assertThat(sender.getContainer().getRuntime()).isEqualTo(ContainerRuntime.NONE);
        assertThat(sender.getContainer().getContainerId()).isNull();
    }

    private static boolean isExit(ProcessSignalEvent event, String container) {
        return event.getEventType() == EventType.PROCESS_EXIT && isIn(event.getContainer(), container);
    }

    private static boolean isSignal(ProcessSignalEvent event, String container, int number) {
        return event.getEventType() == EventType.SIGNAL_SENT
                && isIn(event.getContainer(), container)
                && event.getSignalInfo().getSignal() == number;
    }

    private static boolean isIn(Container container, String id) {
        return container != null && id.equals(container.getContainerId());
    }
}
