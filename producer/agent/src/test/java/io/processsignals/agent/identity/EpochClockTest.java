// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EpochClockTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private long boot = 5_000_000_000L;
    private long offset = 1_700_000_000_000_000_123L;
    private int samples;

    private final ClockPair clocks = sample -> {
        samples++;
        sample[ClockPair.BOOT] = boot;
        sample[ClockPair.REAL] = boot + offset;
    };

    @Test
    void splitsWallClockIntoMicrosecondsAndTheRest() {
        EpochClock clock = new EpochClock(clocks, HOUR);
        assertThat(clock.epochMicros(7_000)).isEqualTo(1_700_000_000_000_007L);
        assertThat(clock.nanoAdjust(7_000)).isEqualTo(123);
        assertThat(clock.epochMicros(6_877)).isEqualTo(1_700_000_000_000_007L);
        assertThat(clock.nanoAdjust(6_877)).isZero();
        assertThat(clock.epochMicros(6_876)).isEqualTo(1_700_000_000_000_006L);
        assertThat(clock.nanoAdjust(6_876)).isEqualTo(999);
    }

    @Test
    void followsAStepOfTheWallClockInBothDirections() {
        EpochClock clock = new EpochClock(clocks, 1_000_000_000);
        long before = clock.epochMicros(boot);
        offset += HOUR;
        clock.refresh(boot + 999_999_999);
        assertThat(clock.epochMicros(boot)).isEqualTo(before);
        clock.refresh(boot + 1_000_000_000);
        assertThat(clock.epochMicros(boot)).isEqualTo(before + HOUR / 1_000);
        offset -= 2 * HOUR;
        clock.sample();
        assertThat(clock.epochMicros(boot)).isEqualTo(before - HOUR / 1_000);
    }

    @Test
    void samplesAgainOnlyWhenTheLastSampleIsTooOld() {
        EpochClock clock = new EpochClock(clocks, 1_000);
        assertThat(samples).isEqualTo(1);
        for (int i = 0; i < 1_000; i++) {
            clock.refresh(boot + i);
        }
        assertThat(samples).isEqualTo(1);
        clock.refresh(boot + 1_000);
        assertThat(samples).isEqualTo(2);
    }

    @Test
    void noiseOfTheSamplingDoesNotMoveEventsButDriftDoes() {
        EpochClock clock = new EpochClock(clocks, 0);
        long before = clock.epochMicros(boot);
        offset += EpochClock.TOLERANCE_NANOS - 1;
        clock.sample();
        assertThat(clock.epochMicros(boot)).isEqualTo(before);
        offset += 1;
        clock.sample();
        assertThat(clock.epochMicros(boot)).isEqualTo(before + EpochClock.TOLERANCE_NANOS / 1_000);
    }

    @Test
    void aStepIsToldAndSlewingIsNot() {
        List<Long> steps = new ArrayList<>();
        EpochClock clock = new EpochClock(clocks, 0, steps::add);
        boot += HOUR;
        offset += HOUR / 2_000; // 500 ppm, the most that the kernel slews
        clock.sample();
        boot += 1_000_000_000;
        offset += EpochClock.STEP_NANOS;
        clock.sample();
        assertThat(steps).isEmpty();

        offset += HOUR;
        clock.sample();
        clock.sample();
        offset -= 2 * HOUR;
        clock.sample();
        assertThat(steps).containsExactly(HOUR, -2 * HOUR);
    }

    @Test
    void aTimeBeforeTheEpochIsRoundedDownToo() {
        offset = -10_000_000_001L;
        EpochClock clock = new EpochClock(clocks, HOUR);
        assertThat(clock.epochMicros(0)).isEqualTo(-10_000_001);
        assertThat(clock.nanoAdjust(0)).isEqualTo(999);
    }
}
