// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.CaptureObserver;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.config.ConfigurationException;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.log.MemoryEventLog;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's capture inside an application, without Kafka: the same events, handed over instead of published.
 *
 * <pre>{@code
 * try (Collector collector = Collector.open("runtime-signals", Map.of("signals.mask", "SIGTERM,SIGKILL"))) {
 *     for (ProcessSignalEvent event : collector.events()) {
 *         System.out.println(event.getEventType() + " " + event.getCommand());
 *     }
 * }
 * }</pre>
 *
 * <p>At most {@code buffer.size} events wait for the application. One that is slower than the node loses bulk events
 * first and is told by EVENTS_LOST events how many of which kind, so that no loss is silent.
 *
 * <p>Needs Linux 5.8 or later with BTF, root with CAP_BPF and CAP_PERFMON, and the JVM option
 * {@code -Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events}, without which Avro refuses the events'
 * classes.
 */
public final class Collector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);

    private final String name;
    private final CapturePipeline pipeline;
    private final CollectedEvents events;
    private boolean closed;

    private Collector(String name, AgentConfig config, NodeIdentity node) throws CaptureException {
        this.name = name;
        this.pipeline = CapturePipeline.start(
                AttachedCapture.open(config.captureOptions()),
                config,
                node,
                CaptureObserver.NONE,
                losses -> new MemoryEventLog(config.bufferSize(), losses),
                reason -> onFailure());
        this.events = new CollectedEvents(pipeline.log());
    }

    /**
     * Attaches to the kernel; events are kept from now on.
     *
     * @param name of this collector, for the log
     * @param config keys that have to do with Kafka and metrics are without effect
     * @throws CaptureException if the kernel cannot be observed here; one line that says what to do
     */
    public static Collector open(String name, AgentConfig config) throws CaptureException {
        if (!config.ebpfEnabled()) {
            throw new CaptureException(AgentConfig.EBPF_ENABLED_CONFIG + "=false: there is nothing to collect");
        }
        NodeIdentity node = NodeIdentity.detect(
                config.nodeName().orElse(null), config.clusterName().orElse(null), System.getenv(), config.procRoot());
        return new Collector(name, config, node);
    }

    /**
     * As {@link #open(String, AgentConfig)}, with the keys of the properties file.
     *
     * @throws ConfigurationException naming every wrong key and value
     */
    public static Collector open(String name, Map<String, String> config) throws CaptureException {
        return open(name, AgentConfig.of(config));
    }

    public String name() {
        return name;
    }

    /** Every kernel hook, and whether it is attached. */
    public List<HookStatus> hooks() {
        return pipeline.hooks();
    }

    /**
     * The events as they come, each of them once. See {@link CollectedEvents} for waiting, interrupting and ending;
     * every call gives the same object.
     */
    public CollectedEvents events() {
        return events;
    }

    /** Detaches from the kernel; iterating ends. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        pipeline.close();
        events.close();
        pipeline.log().close();
    }

    private void onFailure() {
        LOG.error("Collector {} has ended", name);
        events.captureEnded();
    }
}
