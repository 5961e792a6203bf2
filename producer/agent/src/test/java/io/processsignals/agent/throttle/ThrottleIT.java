// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.processsignals.agent.throttle.ThrottledContainer.Spell;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.ThrottleInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A container that really is throttled. Needs root, BTF and the cpu controller, v1 or v2; {@code KernelMatrixIT} runs
 * the same on v2 in a guest.
 */
@Timeout(120)
class ThrottleIT {
    @Test
    void eventsAddUpToTheCgroupsOwnFigures() throws Exception {
        assumeTrue(ThrottledContainer.isPossible(), "THROTTLING IS NOT TESTED: this machine has no cpu controller");
        try (ThrottledContainer container = new ThrottledContainer()) {

            Spell spell = container.spell();

            assertThat(spell.throttledPeriods()).isEqualTo(spell.total().throttledPeriods());
            assertThat(spell.throttledMicros()).isEqualTo(spell.total().throttledMicros());
            for (ProcessSignalEvent event : spell.events()) {
                ThrottleInfo info = event.getThrottleInfo();
                assertThat(event.getContainer().getContainerId()).isEqualTo(ThrottledContainer.ID);
                assertThat(event.getTgid()).isZero();
                assertThat(info.getQuota()).isEqualTo(ThrottledContainer.QUOTA);
                assertThat(info.getPeriod()).isEqualTo(ThrottledContainer.PERIOD);
                assertThat(info.getPeriods()).isGreaterThanOrEqualTo(info.getThrottledPeriods());
                assertThat(info.getIntervalEnd()).isGreaterThan(info.getIntervalStart());
            }
        }
    }
}
