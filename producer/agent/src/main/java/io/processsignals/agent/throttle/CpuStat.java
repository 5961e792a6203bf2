// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a cgroup's {@code cpu.stat} says of bandwidth control, since the cgroup was made.
 *
 * @param periods {@code nr_periods}
 * @param throttledPeriods {@code nr_throttled}
 * @param throttledMicros {@code throttled_usec} of v2, {@code throttled_time} of v1, which counts nanoseconds
 */
record CpuStat(long periods, long throttledPeriods, long throttledMicros) {
    static final CpuStat NONE = new CpuStat(0, 0, 0);

    private static final long NANOS_PER_MICRO = 1_000;

    /** Empty if the text has no bandwidth figures, as at the root or without the cpu controller. */
    static Optional<CpuStat> parse(String text) {
        OptionalLong periods = value(text, "nr_periods");
        OptionalLong throttled = value(text, "nr_throttled");
        OptionalLong micros = value(text, "throttled_usec");
        if (micros.isEmpty()) {
            OptionalLong nanos = value(text, "throttled_time");
            micros = nanos.isPresent() ? OptionalLong.of(nanos.getAsLong() / NANOS_PER_MICRO) : nanos;
        }
        if (periods.isEmpty() || throttled.isEmpty() || micros.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new CpuStat(periods.getAsLong(), throttled.getAsLong(), micros.getAsLong()));
    }

    CpuStat minus(CpuStat earlier) {
        return new CpuStat(
                periods - earlier.periods,
                throttledPeriods - earlier.throttledPeriods,
                throttledMicros - earlier.throttledMicros);
    }

    /** A cgroup of the same name that was made anew counts from 0 again. */
    boolean isBefore(CpuStat earlier) {
        return periods < earlier.periods
                || throttledPeriods < earlier.throttledPeriods
                || throttledMicros < earlier.throttledMicros;
    }

    private static OptionalLong value(String text, String key) {
        return text.lines()
                .filter(line -> line.startsWith(key + " "))
                .map(line -> line.substring(key.length() + 1).strip())
                .filter(number -> number.matches("\\d{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }
}
