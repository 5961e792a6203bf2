// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void pausesGrowToTheirLimitWithinJitterAndStartAgain() {
        Backoff backoff = new Backoff(Duration.ofNanos(100), Duration.ofNanos(350));

        for (int round = 0; round < 50; round++) {
            assertThat(backoff.next()).isBetween(50L, 100L);
            assertThat(backoff.next()).isBetween(100L, 200L);
            assertThat(backoff.next()).isBetween(175L, 350L);
            assertThat(backoff.next()).isBetween(175L, 350L);
            backoff.reset();
        }
    }
}
