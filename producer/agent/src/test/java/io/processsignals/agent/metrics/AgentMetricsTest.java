// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.LossStage;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.SignalOrigin;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentMetricsTest {
    private final AgentMetrics metrics = new AgentMetrics(SignalMask.FATAL);
    private final MutableEvent event = new MutableEvent();
    private Meters meters;

    @BeforeEach
    void open() {
        meters = new Meters(AgentConfig.of(Map.of()), "node-1", metrics);
    }

    @AfterEach
    void close() {
        meters.close();
    }

    @Test
    void seriesExistAtZeroFromTheStart() {
        assertThat(meters.scrape())
                .contains("runtime_events_processed_total{event_type=\"process_exit\"} 0.0\n")
                .contains("runtime_process_exits_total{exit_code=\"0\"} 0.0\n")
                .contains("runtime_process_exits_total{exit_code=\"137\"} 0.0\n")
                .contains("runtime_signals_sent_total{sender=\"same_container\",signal=\"SIGKILL\"} 0.0\n")
                .contains("runtime_oom_kills_total{scope=\"memcg\"} 0.0\n")
                .contains("runtime_events_lost_total{event_type=\"process_exit\",stage=\"ring\"} 0.0\n")
                .contains("runtime_publish_records_total 0.0\n")
                .contains("runtime_publish_errors_total{reason=\"retriable\"} 0.0\n")
                .contains("runtime_publish_latency_seconds_count 0\n")
                .contains("runtime_registry_errors_total 0.0\n")
                .contains("jvm_memory_used_bytes{");
    }

    @Test
    void eventsCountByWhatTheySay() {
        event.eventType = EventType.PROCESS_EXIT;
        event.exitInfo.begin().code = 137;
        metrics.processed(event);
        event.exitInfo.begin().code = 77;
        metrics.processed(event);
        event.clear();
        event.eventType = EventType.OOM_KILL;
        event.oomInfo.begin().constraint = OomConstraint.MEMCG;
        metrics.processed(event);
        metrics.processed(EventType.EVENTS_LOST);
        metrics.lost(LossStage.RING, EventType.PROCESS_EXEC, 41);
        metrics.published(new long[] {3_000}, 1, 100, 15_000);

        assertThat(meters.scrape())
                .contains("runtime_events_processed_total{event_type=\"process_exit\"} 2.0\n")
                .contains("runtime_events_processed_total{event_type=\"events_lost\"} 1.0\n")
                .contains("runtime_process_exits_total{exit_code=\"137\"} 1.0\n")
                .contains("runtime_process_exits_total{exit_code=\"77\"} 1.0\n")
                .contains("runtime_oom_kills_total{scope=\"memcg\"} 1.0\n")
                .contains("runtime_events_lost_total{event_type=\"process_exec\",stage=\"ring\"} 41.0\n")
                .contains("runtime_publish_bytes_total 100.0\n")
                .contains("runtime_publish_latency_seconds_bucket{le=\"0.025\"} 1\n");
    }

    @Test
    void whatIsWrongWithNodeAndPredecessor() {
        assertThat(meters.scrape())
                .contains("runtime_previous_agent_died_seconds 0.0\n")
                .contains("runtime_pinned_programs_replaced 0.0\n")
                .contains("runtime_clock_steps_total 0.0\n")
                .contains("runtime_topic_partitions 0.0\n");

        metrics.previousAgentDied(Instant.ofEpochMilli(1_234_999));
        metrics.pinnedProgramsReplaced();
        metrics.clockStepped();
        metrics.topicPartitions(12);

        assertThat(meters.scrape())
                .contains("runtime_previous_agent_died_seconds 1234.0\n")
                .contains("runtime_pinned_programs_replaced 1.0\n")
                .contains("runtime_clock_steps_total 1.0\n")
                .contains("runtime_topic_partitions 12.0\n");
    }

    @Test
    void realTimeSignalsAppearWhenTheyHappen() {
        assertThat(meters.scrape()).doesNotContain("SIGRT");

        event.eventType = EventType.SIGNAL_SENT;
        event.signalInfo.begin().signal = 40;
        event.signalInfo.origin = SignalOrigin.TIMER;
        metrics.processed(event);

        assertThat(meters.scrape())
                .contains("runtime_signals_sent_total{sender=\"kernel\",signal=\"SIGRTMIN+6\"} 1.0\n")
                .contains("runtime_signals_sent_total{sender=\"host\",signal=\"SIGRTMIN+6\"} 0.0\n");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // origin, sender's tgid, command, runtime, container, target's container, expected
                "KERNEL,   9, bash,            NONE,       -, -, kernel",
                "FAULT,    9, bash,            NONE,       -, -, kernel",
                "USER,     7, bash,            NONE,       -, -, self",
                "THREAD,   7, java,            CONTAINERD, a, a, self",
                "USER,     9, bash,            NONE,       -, a, host",
                "USER,     9, bash,            NONE,       -, -, host",
                "USER,     9, sh,              CONTAINERD, a, a, same_container",
                "USER,     9, sh,              CONTAINERD, a, b, other",
                "USER,     9, sh,              CONTAINERD, a, -, other",
                "USER,     9, sh,              UNKNOWN,    -, a, other",
                "USER,     9, runc,            NONE,       -, a, runtime",
                "USER,     9, 'runc:[2:INIT]', NONE,       -, a, runtime",
                "USER,     9, containerd-shim, UNKNOWN,    -, a, runtime",
                "USER,     9, runc,            CONTAINERD, a, a, same_container",
                "USER,     0, -,               -,          -, a, other",
                "UNKNOWN,  0, -,               -,          -, a, other",
                "UNKNOWN,  9, bash,            NONE,       -, a, host",
            })
    void senderClass(
            SignalOrigin origin,
            int senderTgid,
            String command,
            ContainerRuntime runtime,
            String container,
            String targetContainer,
            String expected) {
        event.tgid = 7;
        event.startTime = 1000;
        event.signalInfo.begin().origin = origin;
        if (senderTgid != 0) {
            event.sender.begin().tgid = senderTgid;
            event.sender.startTime = senderTgid == 7 ? 1000 : 500;
            event.sender.command.set(command);
            fill(event.sender.container.begin(), runtime, container);
        }
        fill(
                event.container.begin(),
                targetContainer == null ? ContainerRuntime.NONE : ContainerRuntime.CONTAINERD,
                targetContainer);

        assertThat(AgentMetrics.label(SenderClass.of(event))).isEqualTo(expected);
    }

    private static void fill(MutableEvent.Container container, ContainerRuntime runtime, String id) {
        container.runtime = runtime;
        if (id != null) {
            container.containerId.set(id.repeat(64));
        }
    }

    @Test
    void hooksAndPartsAreShown() {
        AgentHealth health = new AgentHealth(Clock.systemUTC());
        metrics.bind(List.of(
                new HookStatus("process_exit", true, true, ""),
                new HookStatus("oom_kill_process", false, false, "no kprobes")));
        metrics.bind(health);
        health.degraded(AgentHealth.Part.REGISTRY, "refused");

        assertThat(meters.scrape())
                .contains("runtime_probe_attached{hook=\"process_exit\"} 1.0\n")
                .contains("runtime_probe_attached{hook=\"oom_kill_process\"} 0.0\n")
                .contains("runtime_degraded{part=\"registry\"} 1.0\n")
                .contains("runtime_degraded{part=\"kafka\"} 0.0\n");
    }

    @Test
    void otlpHeaders() {
        assertThat(OtlpMeters.parse("")).isEmpty();
        assertThat(OtlpMeters.parse("a=b, authorization = Basic x== "))
                .isEqualTo(Map.of("a", "b", "authorization", "Basic x=="));
    }
}
