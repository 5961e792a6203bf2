// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import java.util.function.LongConsumer;

/**
 * Turns nanoseconds of CLOCK_BOOTTIME, which is what the kernel side stamps, into wall-clock time. The offset between
 * the two is sampled again and again, so that a step of the wall clock is followed; an event is given the wall clock of
 * the moment when it was read, which is at most one drain of the ring after it happened.
 *
 * <p>One thread samples; any thread may convert.
 */
public final class EpochClock {
    /**
     * An offset that differs by less is noise of the sampling: keeping the old one keeps the distances between events
     * exact. A slewed clock (at most 500 ppm) is followed in steps of this size.
     */
    static final long TOLERANCE_NANOS = 20_000;

    /** Of both clocks' distance, what is no slewing: this, and per time passed more than the kernel ever slews. */
    static final long STEP_NANOS = 100_000_000;

    private static final long STEP_PER_NANOS = 1_000;

    private static final long NANOS_PER_MICRO = 1_000;

    private final ClockPair clocks;
    private final long resampleNanos;
    private final LongConsumer onStep;
    private final long[] sample = new long[2];
    private long sampledAtBootNs;
    private volatile long offsetNanos;

    /**
     * Samples at once.
     *
     * @param clocks where both clocks are read
     * @param resampleNanos how old an offset may be before {@link #refresh} samples again; 0: every time
     */
    public EpochClock(ClockPair clocks, long resampleNanos) {
        this(clocks, resampleNanos, step -> {});
    }

    /** @param onStep told when the wall clock was set, and by how many nanoseconds; on the sampling thread */
    public EpochClock(ClockPair clocks, long resampleNanos, LongConsumer onStep) {
        this.clocks = clocks;
        this.resampleNanos = resampleNanos;
        this.onStep = onStep;
        clocks.sample(sample);
        sampledAtBootNs = sample[ClockPair.BOOT];
        offsetNanos = sample[ClockPair.REAL] - sample[ClockPair.BOOT];
    }

    /** Samples again. */
    public void sample() {
        clocks.sample(sample);
        long passed = sample[ClockPair.BOOT] - sampledAtBootNs;
        sampledAtBootNs = sample[ClockPair.BOOT];
        long offset = sample[ClockPair.REAL] - sample[ClockPair.BOOT];
        long change = offset - offsetNanos;
        if (Math.abs(change) >= TOLERANCE_NANOS) {
            offsetNanos = offset;
            if (Math.abs(change) > STEP_NANOS + passed / STEP_PER_NANOS) {
                onStep.accept(change);
            }
        }
    }

    /**
     * Samples again if the last sample is too old.
     *
     * @param bootNs about now, nanoseconds of CLOCK_BOOTTIME: the time of the event at hand will do
     */
    public void refresh(long bootNs) {
        if (bootNs - sampledAtBootNs >= resampleNanos) {
            sample();
        }
    }

    /** Nanoseconds since the epoch. */
    public long epochNanos(long bootNs) {
        return bootNs + offsetNanos;
    }

    /** Microseconds since the epoch, truncated; {@link #nanoAdjust} has the rest. */
    public long epochMicros(long bootNs) {
        return Math.floorDiv(epochNanos(bootNs), NANOS_PER_MICRO);
    }

    /** Nanoseconds to add to {@link #epochMicros}, 0 to 999. */
    public int nanoAdjust(long bootNs) {
        return (int) Math.floorMod(epochNanos(bootNs), NANOS_PER_MICRO);
    }

    /** Nanoseconds of CLOCK_BOOTTIME now; allowed on any thread if the {@link ClockPair} is. */
    public long bootNanos() {
        long[] now = new long[2];
        clocks.sample(now);
        return now[ClockPair.BOOT];
    }
}
