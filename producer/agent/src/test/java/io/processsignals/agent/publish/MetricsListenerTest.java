// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.publish.PublishStatus.State;
import io.processsignals.common.signal.SignalMask;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricsListenerTest {
    private final Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AgentHealth health = new AgentHealth(clock);
    private final PublishStatus status = new PublishStatus(new MetricsListener(metrics(), health, clock), clock);

    @Test
    void acknowledgedRecordsAreCounted() {
        long now = clock.millis() * 1_000;
        status.addAcknowledged(new long[] {now - 5_000, now, 0}, 2, 150);

        assertThat(count(registry.get(AgentMetrics.PUBLISH_RECORDS).meter())).isEqualTo(2);
        assertThat(count(registry.get(AgentMetrics.PUBLISH_BYTES).meter())).isEqualTo(150);
        assertThat(status.acknowledged()).isEqualTo(2);
        assertThat(status.acknowledgedBytes()).isEqualTo(150);
    }

    @Test
    void aFailureIsShownAtTheRightPartAndWhatCameBeforeItWorks() {
        status.failed(State.WAITING_FOR_REGISTRY, "no registry");
        assertThat(health.problems().keySet()).isEqualTo(Set.of(Part.REGISTRY));

        status.failed(State.RETRYING, "no broker");
        assertThat(health.problems().keySet()).isEqualTo(Set.of(Part.KAFKA));

        status.failed(State.WAITING_FOR_TOPIC, "no topic");
        assertThat(health.problems().keySet()).isEqualTo(Set.of(Part.TOPIC));
        assertThat(health.problem(Part.TOPIC).reason()).isEqualTo("no topic");

        status.failed(State.UNAUTHORISED, "no right");
        assertThat(health.problem(Part.KAFKA).reason()).isEqualTo("no right");

        status.publishing();
        assertThat(health.problems()).isEmpty();
    }

    @Test
    void errorsAreCountedByKind() {
        status.failed(State.RETRYING, "x");
        status.failed(State.WAITING_FOR_TOPIC, "x");
        status.failed(State.UNAUTHORISED, "x");
        status.failed(State.FAILING, "x");
        status.addOversize();
        status.addUndecodable();

        for (String kind : Set.of("retriable", "topic", "authorization", "other", "oversize", "serialization")) {
            assertThat(count(registry.get(AgentMetrics.PUBLISH_ERRORS)
                            .tag(AgentMetrics.REASON_LABEL, kind)
                            .meter()))
                    .as(kind)
                    .isEqualTo(1);
        }
    }

    @Test
    void recordsThatWereSentAgainAreCounted() {
        status.addRetried(3);
        status.addRetried(4);

        assertThat(count(registry.get(AgentMetrics.PUBLISH_RETRIES).meter())).isEqualTo(7);
        assertThat(status.retried()).isEqualTo(7);
    }

    @Test
    void aStateThatLastsKeepsItsBeginningAndItsLastReason() {
        status.failed(State.RETRYING, "first");
        status.failed(State.RETRYING, "second");

        assertThat(status.condition())
                .isEqualTo(new PublishStatus.Condition(State.RETRYING, clock.instant(), "second"));
        assertThat(status.condition().isHealthy()).isFalse();
        assertThat(status.failures()).isEqualTo(2);
        status.publishing();
        assertThat(status.condition().isHealthy()).isTrue();
        assertThat(status.lastError()).hasValue("second");
    }

    private AgentMetrics metrics() {
        AgentMetrics metrics = new AgentMetrics(SignalMask.FATAL);
        metrics.bindTo(registry);
        return metrics;
    }

    private static double count(Meter meter) {
        return meter.measure().iterator().next().getValue();
    }
}
