// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which parts of the agent do not work, why and since when. A change is one log line; the state is a metric and a part
 * of {@code /readyz}. Thread-safe.
 */
public final class AgentHealth {
    private static final Logger LOG = LoggerFactory.getLogger(AgentHealth.class);

    /** Something that can fail while the rest goes on. */
    public enum Part {
        /** Observing the kernel. */
        CAPTURE,
        /** Keeping events on disk. */
        SPOOL,
        /** Reaching the brokers. */
        KAFKA,
        /** The topic's existence and the right to write to it. */
        TOPIC,
        /** The schema's id. */
        REGISTRY,
        /** The HTTP endpoint and OTLP. */
        METRICS
    }

    /**
     * @param reason one line that says what to do
     * @param since when the part stopped working
     */
    public record Problem(String reason, Instant since) {}

    private final Clock clock;
    private final Map<Part, Problem> problems = new EnumMap<>(Part.class);
    private volatile boolean ready;
    private volatile boolean alive = true;

    public AgentHealth(Clock clock) {
        this.clock = clock;
    }

    /** The part does not work. Calling again with the same reason changes nothing. */
    public void degraded(Part part, String reason) {
        synchronized (this) {
            Problem before = problems.get(part);
            if (before != null && before.reason().equals(reason)) {
                return;
            }
            Instant since = before == null ? clock.instant().truncatedTo(ChronoUnit.SECONDS) : before.since();
            problems.put(part, new Problem(reason, since));
        }
        LOG.warn("{}: {}", AgentMetrics.label(part), reason);
    }

    /** The part works. */
    public void working(Part part) {
        Problem before;
        synchronized (this) {
            before = problems.remove(part);
        }
        if (before != null) {
            LOG.info("{}: works again, had not since {}", AgentMetrics.label(part), before.since());
        }
    }

    public synchronized boolean isDegraded(Part part) {
        return problems.containsKey(part);
    }

    public synchronized @Nullable Problem problem(Part part) {
        return problems.get(part);
    }

    /** A copy, in the order of the parts. */
    public synchronized Map<Part, Problem> problems() {
        Map<Part, Problem> copy = new EnumMap<>(Part.class);
        copy.putAll(problems);
        return copy;
    }

    /** Started and not yet stopping: independent of Kafka and of what the kernel allows. */
    public boolean isReady() {
        return ready;
    }

    public void ready(boolean isReady) {
        ready = isReady;
    }

    /** False once a loop has ended that should not have: only a restart helps. */
    public boolean isAlive() {
        return alive;
    }

    public void dead() {
        alive = false;
    }
}
