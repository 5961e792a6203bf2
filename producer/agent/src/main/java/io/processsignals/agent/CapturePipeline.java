// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.assemble.AgentEvents;
import io.processsignals.agent.assemble.AgentSequence;
import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.assemble.Throttling;
import io.processsignals.agent.capture.AgentEventSource;
import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.CaptureLoop;
import io.processsignals.agent.capture.CaptureObserver;
import io.processsignals.agent.capture.ClockSteps;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.capture.Loss;
import io.processsignals.agent.capture.LossReporter;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.capture.RateLimitReports;
import io.processsignals.agent.capture.RunningProcesses;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.config.PageSize;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.CgroupListener;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.identity.PodDirectory;
import io.processsignals.agent.pods.PodNaming;
import io.processsignals.agent.throttle.ThrottlePoller;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LossListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the kernel to the event log: what the agent and the embedded collector have in common. */
final class CapturePipeline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CapturePipeline.class);

    private static final int MAX_CGROUPS = 16_384;
    private static final Duration KEEP_REMOVED_CGROUPS = Duration.ofMinutes(5);
    private static final int MAX_POD_NAMES = 8_192; // pods and containers of one node, those gone included
    private static final int KEEP_RETIRED_POD_NAMES = 2_048;
    private static final long CLOCK_SAMPLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AttachedCapture attached;
    private final CaptureLoop loop;
    private final LossReporter losses;
    private final EventLog log;
    private final ThrottlePoller throttling;
    private final PodDirectory pods = new PodDirectory(MAX_POD_NAMES, KEEP_RETIRED_POD_NAMES);
    private PodNaming podNaming = PodNaming.OFF;

    /** Makes the log that a pipeline fills. */
    @FunctionalInterface
    interface LogOpener<E extends Exception> {
        EventLog open(LossListener losses) throws E;
    }

    private <E extends Exception> CapturePipeline(
            AttachedCapture attached,
            AgentConfig config,
            NodeIdentity node,
            CaptureObserver observer,
            LogOpener<E> logs,
            Consumer<Throwable> onFailure)
            throws CaptureException, E {
        this.attached = attached;
        NativeCapture capture = attached.capture();
        EpochClock clock = new EpochClock(CapturePipeline::sampleClocks, CLOCK_SAMPLE_NANOS, new ClockSteps(observer));
        LongSupplier bootMicros = () -> TimeUnit.NANOSECONDS.toMicros(clock.bootNanos());
        CgroupHierarchy hierarchy = CgroupHierarchy.detect(config.procRoot(), config.cgroupRoot());
        this.throttling = new ThrottlePoller(hierarchy, config.cgroupRoot(), config.throttleInterval(), bootMicros);
        Cgroups cgroups = cgroups(config, hierarchy, throttling);
        cgroups.namePodsFrom(pods);
        AgentSequence sequence = new AgentSequence(bootMicros.getAsLong());
        AgentEvents agentEvents = new AgentEvents(node, clock, cgroups, sequence);
        this.losses = new LossReporter((loss, out) -> encode(agentEvents, loss, out), observer, bootMicros);
        this.log = logs.open(losses);
        EventAssembler assembler = new EventAssembler(
                node, clock, cgroups, sequence, config.execArgs(), Math.toIntExact(PageSize.bytes()));
        List<AgentEventSource> sources = new ArrayList<>();
        if (config.reportsRunningProcesses() && !capture.isAdopted()) {
            sources.add(new RunningProcesses(capture, assembler, clock.bootNanos()));
        }
        if (config.captureOptions().rateLimit().perSecond() > 0) {
            sources.add(new RateLimitReports(capture, agentEvents, bootMicros));
        }
        sources.add(out -> nextThrottling(agentEvents, out));
        this.loop = new CaptureLoop(capture, assembler, log, losses, sources, observer, bootMicros, onFailure);
    }

    /**
     * Starts the capture thread.
     *
     * @param attached closed by the pipeline, also if this fails
     * @param logs makes the log that this fills; the caller closes the log after this
     * @param onFailure told, on the capture thread, why it ended by itself
     * @throws CaptureException if the kernel's side cannot be read; one line that says what to do
     */
    static <E extends Exception> CapturePipeline start(
            AttachedCapture attached,
            AgentConfig config,
            NodeIdentity node,
            CaptureObserver observer,
            LogOpener<E> logs,
            Consumer<Throwable> onFailure)
            throws CaptureException, E {
        boolean started = false;
        try {
            CapturePipeline pipeline = new CapturePipeline(attached, config, node, observer, logs, onFailure);
            if (attached.capture().hasReplaced()) {
                observer.pinnedProgramsReplaced();
                LOG.info(
                        "Pinned programs of another build or configuration were replaced; what their ring holds is read first");
            }
            pipeline.loop.start();
            if (!config.throttleInterval().isZero()) {
                pipeline.throttling.start();
            }
            pipeline.podNaming = PodNaming.start(config, node.node().toString(), System.getenv(), pipeline.pods);
            started = true;
            return pipeline;
        } finally {
            if (!started) {
                attached.close();
            }
        }
    }

    /** What the log and the publish side tell of dropped events. */
    LossListener losses() {
        return losses;
    }

    EventLog log() {
        return log;
    }

    List<HookStatus> hooks() {
        return attached.hooks();
    }

    /** Drains the ring a last time, reports the last losses, detaches. The log stays open. */
    @Override
    public void close() {
        podNaming.close();
        throttling.close();
        loop.close();
        attached.close();
    }

    private boolean nextThrottling(AgentEvents events, EncodedEvent out) {
        Throttling next = throttling.poll();
        if (next == null) {
            return false;
        }
        events.throttled(next, out);
        return true;
    }

    private static Cgroups cgroups(AgentConfig config, CgroupHierarchy hierarchy, CgroupListener listener) {
        hierarchy.problem().ifPresent(problem -> LOG.warn("Containers will not be named: {}", problem));
        Cgroups cgroups = new Cgroups(hierarchy, config.procRoot(), MAX_CGROUPS, KEEP_REMOVED_CGROUPS);
        cgroups.listen(listener);
        try {
            LOG.debug("Found {} cgroups", cgroups.scan());
        } catch (IOException e) {
            LOG.warn("Containers that are running will be named late: cannot read {}", e.getMessage());
        }
        return cgroups;
    }

    /** Losing the report of a loss would break the count: it stays when bulk events must go. */
    private static void encode(AgentEvents events, Loss loss, EncodedEvent out) {
        events.lost(
                loss.stage(),
                loss.type(),
                loss.hook(),
                loss.cpu(),
                loss.captureId(),
                loss.count(),
                loss.priorityCount(),
                loss.firstSequence(),
                loss.lastSequence(),
                loss.fromMicros(),
                loss.toMicros(),
                out);
        out.priority = true;
    }

    private static void sampleClocks(long[] bootAndReal) {
        try {
            NativeCapture.readClocks(bootAndReal);
        } catch (CaptureException e) {
            throw new IllegalStateException(e); // the library is loaded, and these clocks cannot fail
        }
    }
}
