// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.metrics.PublishError;
import io.processsignals.agent.publish.PublishStatus.State;
import java.time.InstantSource;

/** Shows what the publish loop does in the agent's metrics and health. */
public final class MetricsListener implements PublishStatus.Listener {
    private final AgentMetrics metrics;
    private final AgentHealth health;
    private final InstantSource clock;

    public MetricsListener(AgentMetrics metrics, AgentHealth health, InstantSource clock) {
        this.metrics = metrics;
        this.health = health;
        this.clock = clock;
    }

    @Override
    public void acknowledged(long[] timestampsMicros, int count, long bytes) {
        metrics.published(timestampsMicros, count, bytes, clock.millis() * 1_000);
    }

    @Override
    public void failed(State state, String reason) {
        switch (state) {
            case WAITING_FOR_REGISTRY -> metrics.registryError();
            case WAITING_FOR_TOPIC -> metrics.publishError(PublishError.TOPIC);
            case RETRYING -> metrics.publishError(PublishError.RETRIABLE);
            case UNAUTHORISED -> metrics.publishError(PublishError.AUTHORIZATION);
            default -> metrics.publishError(PublishError.OTHER);
        }
        health.degraded(part(state), reason);
        // The loop asks the registry first, then the broker, then about the topic: what it got past works.
        if (part(state) != Part.REGISTRY) {
            health.working(Part.REGISTRY);
        }
        if (part(state) == Part.TOPIC) {
            health.working(Part.KAFKA);
        }
    }

    @Override
    public void publishing() {
        health.working(Part.REGISTRY);
        health.working(Part.KAFKA);
        health.working(Part.TOPIC);
    }

    @Override
    public void oversize() {
        metrics.publishError(PublishError.OVERSIZE);
    }

    @Override
    public void retried(long records) {
        metrics.retried(records);
    }

    @Override
    public void timestampClamped() {
        metrics.timestampClamped();
    }

    @Override
    public void undecodable() {
        metrics.publishError(PublishError.SERIALIZATION);
    }

    @Override
    public void partitions(int count) {
        metrics.topicPartitions(count);
    }

    private static Part part(State state) {
        return switch (state) {
            case WAITING_FOR_REGISTRY -> Part.REGISTRY;
            case WAITING_FOR_TOPIC -> Part.TOPIC;
            default -> Part.KAFKA;
        };
    }
}
