// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.common.codec.EventEncoder;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;

/**
 * Makes the events that no kernel hook numbers: hook AGENT, cpu -1, the agent's own sequence, about no process (key
 * {@code node/0}). Capture thread only.
 */
public final class AgentEvents {
    /** CPU of every event of the agent itself. */
    static final int NO_CPU = -1;

    private final EpochClock clock;
    private final AgentSequence sequence;
    private final EventFrame frame;
    private final EventEncoder encoder = new EventEncoder();
    private final MutableEvent event = new MutableEvent();

    public AgentEvents(NodeIdentity node, EpochClock clock, Cgroups cgroups, AgentSequence sequence) {
        this.clock = clock;
        this.sequence = sequence;
        this.frame = new EventFrame(node, clock, cgroups);
    }

    /**
     * EVENTS_LOST.
     *
     * @param stage where they were lost
     * @param type what they were
     * @param hook whose sequence has the gap
     * @param cpu CPU whose sequence has the gap; -1 if several
     * @param captureId of that sequence; 0 if several
     * @param count how many
     * @param priorityCount of these, deaths by signal, abnormal exits, OOM kills and lethal signals
     * @param firstSequence 0 if they are not known one by one
     * @param lastSequence 0 if they are not known one by one
     * @param fromMicros not lost before, microseconds of CLOCK_BOOTTIME
     * @param toMicros not lost after, microseconds of CLOCK_BOOTTIME
     */
    public void lost(
            LossStage stage,
            EventType type,
            Hook hook,
            int cpu,
            long captureId,
            long count,
            long priorityCount,
            long firstSequence,
            long lastSequence,
            long fromMicros,
            long toMicros,
            EncodedEvent out) {
        begin(EventType.EVENTS_LOST);
        MutableEvent.LostInfo lost = event.lostInfo.begin();
        lost.count = count;
        lost.lostType = type;
        lost.stage = stage;
        lost.lostHook = hook;
        lost.lostCpu = cpu;
        lost.lostCaptureId = captureId;
        if (firstSequence > 0 && lastSequence > 0) {
            lost.firstSequence.set(firstSequence);
            lost.lastSequence.set(lastSequence);
        }
        lost.priorityCount = priorityCount;
        lost.from = fromMicros;
        lost.to = toMicros;
        encoder.encode(event, out);
    }

    /** EVENTS_SUPPRESSED. */
    public void suppressed(Suppression suppression, EncodedEvent out) {
        long now = begin(EventType.EVENTS_SUPPRESSED);
        event.container = frame.container(event.container, suppression.cgroupId(), 0, now);
        MutableEvent.SuppressedInfo suppressed = event.suppressedInfo.begin();
        suppressed.count = suppression.count();
        suppressed.suppressedType = suppression.type();
        suppressed.from = suppression.fromMicros();
        suppressed.to = suppression.toMicros();
        encoder.encode(event, out);
    }

    /** CPU_THROTTLED. */
    public void throttled(Throttling throttling, EncodedEvent out) {
        long now = begin(EventType.CPU_THROTTLED);
        event.container = frame.container(event.container, throttling.cgroupId(), 0, now);
        MutableEvent.ThrottleInfo throttle = event.throttleInfo.begin();
        throttle.intervalStart = throttling.startMicros();
        throttle.intervalEnd = throttling.endMicros();
        throttle.periods = throttling.periods();
        throttle.throttledPeriods = throttling.throttledPeriods();
        throttle.throttledTime = throttling.throttledMicros();
        throttling.quotaMicros().ifPresent(throttle.quota::set);
        throttling.periodMicros().ifPresent(throttle.period::set);
        encoder.encode(event, out);
    }

    private long begin(EventType type) {
        long now = clock.bootNanos();
        clock.refresh(now);
        frame.begin(event, type, Hook.AGENT, NO_CPU, sequence.captureId(), sequence.next(), now);
        return now;
    }
}
