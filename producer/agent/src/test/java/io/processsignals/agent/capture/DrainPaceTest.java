// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DrainPaceTest {
    private final DrainPace pace = new DrainPace();

    @Test
    void shortestWhenBusy() {
        pace.drained(DrainPace.BUSY_BYTES + 1);

        assertThat(pace.millis()).isEqualTo(DrainPace.BUSY_MILLIS);
    }

    @Test
    void backsOffToABoundInSilence() {
        pace.drained(DrainPace.BUSY_BYTES + 1);
        int before = pace.millis();
        for (int i = 0; i < 10; i++) {
            pace.drained(0);
            assertThat(pace.millis()).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(DrainPace.QUIET_MILLIS);
            before = pace.millis();
        }

        assertThat(pace.millis()).isEqualTo(DrainPace.QUIET_MILLIS);
    }

    @Test
    void onlyTheLongestPauseIsRepeated() {
        pace.drained(144);
        while (pace.millis() < DrainPace.QUIET_MILLIS) {
            assertThat(pace.silenceMillis()).isEqualTo(pace.millis());
            pace.drained(0);
        }

        assertThat(pace.silenceMillis()).isEqualTo(DrainPace.SILENCE_MILLIS);
    }

    @Test
    void oneEventEndsTheSilence() {
        for (int i = 0; i < 10; i++) {
            pace.drained(0);
        }
        pace.drained(144);

        assertThat(pace.millis()).isEqualTo(DrainPace.ACTIVE_MILLIS);
        assertThat(pace.silenceMillis()).isEqualTo(DrainPace.ACTIVE_MILLIS);
    }
}
