// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;

/**
 * Events lost at one stage out of one sequence; becomes one EVENTS_LOST event.
 *
 * @param stage where they were lost
 * @param type what they were
 * @param hook whose sequence has the gap
 * @param cpu CPU whose sequence has the gap; -1: the agent's, or several
 * @param captureId of the sequence; 0: several
 * @param count how many, at least 1
 * @param priorityCount of these, deaths by signal, abnormal exits, OOM kills and lethal signals
 * @param firstSequence lowest one; 0 if they are not known one by one
 * @param lastSequence highest one; 0 if they are not known one by one
 * @param fromMicros not lost before, microseconds of CLOCK_BOOTTIME
 * @param toMicros not lost after, microseconds of CLOCK_BOOTTIME
 */
public record Loss(
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
        long toMicros) {}
