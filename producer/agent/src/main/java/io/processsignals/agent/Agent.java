// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.config.ConfigurationException;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.metrics.Meters;
import io.processsignals.agent.metrics.MetricsServer;
import io.processsignals.common.spool.SpoolException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's agent. What the kernel has to say is attached to first; metrics, registry and Kafka follow behind, and
 * none of them can hold up the capture: what does not work is tried again, and named by the log, {@link #health} and
 * the metrics meanwhile.
 *
 * <p>Where the kernel cannot be observed, the agent stays up and says why, unless {@code ebpf.required} is set.
 */
public final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);

    private final AgentConfig config;
    private final NodeIdentity node;
    private final AgentHealth health = new AgentHealth(Clock.systemUTC());
    private final CompletableFuture<InetSocketAddress> metricsAddress = new CompletableFuture<>();
    private final CompletableFuture<Throwable> captureEnded = new CompletableFuture<>();

    private @Nullable Thread starter;
    private @Nullable CapturePipeline pipeline;
    private volatile @Nullable Publishing publishing;
    private volatile boolean closed;

    /* Owned by the starter, then by close(), which joins it. */
    private @Nullable Meters meters;
    private @Nullable MetricsServer server;

    /** @throws ConfigurationException if a key that only writing to Kafka needs is missing */
    public Agent(AgentConfig config) {
        config.requireKafka();
        this.config = config;
        this.node = NodeIdentity.detect(
                config.nodeName().orElse(null), config.clusterName().orElse(null), System.getenv(), config.procRoot());
    }

    /**
     * Attaches to the kernel, then starts the rest in the background and returns. May be called once.
     *
     * @throws CaptureException if the kernel cannot be observed and {@code ebpf.required} is set
     * @throws SpoolException if another agent has the spool
     * @throws ConfigurationException if {@code value.serializer} cannot be loaded
     */
    public synchronized void start() throws CaptureException, SpoolException {
        if (closed || starter != null) {
            throw new IllegalStateException("an agent is started once");
        }
        AttachedCapture attached = null;
        try {
            attached = attach();
        } catch (CaptureException e) {
            stayUpWithout(e);
        }
        AgentMetrics metrics = new AgentMetrics(config.captureOptions().signalMask()); // 0.1 s, so not before
        metrics.bind(health);
        if (attached != null) {
            try {
                startCapture(attached, metrics);
            } catch (CaptureException e) {
                stayUpWithout(e);
            }
        }
        health.ready(true);
        Thread rest = new Thread(() -> startTheRest(metrics), "starter");
        rest.setDaemon(true);
        starter = rest;
        rest.start();
    }

    /** Which parts work. */
    public AgentHealth health() {
        return health;
    }

    /** Every kernel hook; empty if the kernel is not observed. */
    public synchronized List<HookStatus> hooks() {
        return pipeline == null ? List.of() : pipeline.hooks();
    }

    /** Whether the kernel is observed. */
    public boolean isCapturing() {
        return !health.isDegraded(Part.CAPTURE);
    }

    /**
     * Waits for the metrics endpoint and says where it listens.
     *
     * @return empty if it does not within that time, or is switched off
     */
    public Optional<InetSocketAddress> awaitMetrics(Duration atMost) throws InterruptedException {
        if (!config.metricsEnabled()) {
            return Optional.empty();
        }
        try {
            return Optional.of(metricsAddress.get(atMost.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // only ever completed with an address
        }
    }

    /** Completed with the reason if the capture ends by itself after it had begun, which only a restart mends. */
    public CompletableFuture<Throwable> captureEnded() {
        return captureEnded;
    }

    /**
     * Stops capturing, gives Kafka {@code shutdown.timeout.ms} to take what was captured, and ends every thread.
     * Further calls have no effect.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        LOG.info("Stopping");
        health.ready(false);
        if (pipeline != null) {
            pipeline.close();
        }
        endStarter();
        if (publishing != null) {
            publishing.close(config.shutdownTimeout());
        }
        if (pipeline != null) {
            long unpublished = pipeline.log().bytes();
            if (unpublished > 0) {
                LOG.warn(
                        "Kafka did not take the last {} bytes of events within {}",
                        unpublished,
                        config.shutdownTimeout());
            }
            pipeline.log().close();
        }
        if (server != null) {
            server.close();
        }
        if (meters != null) {
            meters.close();
        }
    }

    private AttachedCapture attach() throws CaptureException {
        if (!config.ebpfEnabled()) {
            throw new CaptureException(AgentConfig.EBPF_ENABLED_CONFIG + "=false");
        }
        return AttachedCapture.open(config.captureOptions());
    }

    private void stayUpWithout(CaptureException reason) throws CaptureException {
        if (config.ebpfRequired()) {
            throw reason;
        }
        health.degraded(Part.CAPTURE, "nothing is observed: " + reason.getMessage());
    }

    private void startCapture(AttachedCapture attached, AgentMetrics metrics) throws CaptureException, SpoolException {
        CapturePipeline started = CapturePipeline.start(
                attached,
                config,
                node,
                metrics,
                losses -> EventLogs.open(config, losses, health, metrics),
                this::onCaptureEnded);
        try {
            publishing = new Publishing(config, started.log(), started.losses(), metrics, health);
        } catch (ConfigurationException e) {
            started.close();
            started.log().close();
            throw e;
        }
        pipeline = started;
        metrics.bind(started.hooks());
        metrics.bind(started.log());
    }

    private void onCaptureEnded(Throwable reason) {
        health.degraded(Part.CAPTURE, "capturing has ended: restart the agent: " + reason.getMessage());
        health.dead();
        captureEnded.complete(reason);
    }

    /** Takes no lock: {@link #close} holds it while it waits for this to end. */
    private void startTheRest(AgentMetrics metrics) {
        Publishing ready = publishing;
        if (ready != null && !closed) {
            ready.start();
        }
        if (!config.metricsEnabled() && !config.otlpEnabled()) {
            return;
        }
        Meters started = new Meters(config, node.node().toString(), metrics);
        meters = started;
        if (config.metricsEnabled()) {
            serve(started);
        }
    }

    private void serve(Meters source) {
        Duration pause = FIRST_RETRY;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                MetricsServer listening = MetricsServer.start(config, source::scrape, health);
                server = listening;
                health.working(Part.METRICS);
                LOG.info("Metrics and health: http://{}/metrics", text(listening.address()));
                metricsAddress.complete(listening.address());
                return;
            } catch (IOException e) {
                health.degraded(Part.METRICS, String.valueOf(e.getMessage()));
            }
            try {
                Thread.sleep(pause.toMillis());
            } catch (InterruptedException e) {
                return; // closed
            }
            pause = pause.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? pause.multipliedBy(2) : LAST_RETRY;
        }
    }

    private void endStarter() {
        Thread started = starter;
        if (started == null) {
            return;
        }
        started.interrupt();
        try {
            started.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
