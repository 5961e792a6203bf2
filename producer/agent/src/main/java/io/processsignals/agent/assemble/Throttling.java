// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import java.util.OptionalLong;

/**
 * Growth of a cgroup's {@code cpu.stat} over one interval; becomes one CPU_THROTTLED event.
 *
 * @param cgroupId kernel id
 * @param startMicros of the interval, microseconds of CLOCK_BOOTTIME
 * @param endMicros of the interval
 * @param periods enforcement periods
 * @param throttledPeriods of these, how many were throttled
 * @param throttledMicros throttled, summed over CPUs
 * @param quotaMicros a period; empty if unlimited or not known
 * @param periodMicros length of a period; empty if not known
 */
public record Throttling(
        long cgroupId,
        long startMicros,
        long endMicros,
        long periods,
        long throttledPeriods,
        long throttledMicros,
        OptionalLong quotaMicros,
        OptionalLong periodMicros) {}
