// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.events.EventType;

/**
 * Bulk events of one cgroup that the rate limit held back; becomes one EVENTS_SUPPRESSED event.
 *
 * @param cgroupId kernel id; 0 if not known
 * @param type what they were
 * @param count how many
 * @param fromMicros not before, microseconds of CLOCK_BOOTTIME
 * @param toMicros not after, microseconds of CLOCK_BOOTTIME
 */
public record Suppression(long cgroupId, EventType type, long count, long fromMicros, long toMicros) {}
