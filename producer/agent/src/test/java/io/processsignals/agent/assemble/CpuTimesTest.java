// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuTimesTest {
    @Test
    void theRunTimeIsSplitByTheRatioOfTheTicks() {
        assertThat(CpuTimes.systemMicros(1_000, 3_000_000, 1_000_000)).isEqualTo(250);
        assertThat(CpuTimes.systemMicros(999, 1, 1)).isEqualTo(499);
    }

    @Test
    void withoutTicksOfOneKindTheOtherGetsAll() {
        assertThat(CpuTimes.systemMicros(1_000, 0, 0)).isZero();
        assertThat(CpuTimes.systemMicros(1_000, 5, 0)).isZero();
        assertThat(CpuTimes.systemMicros(1_000, 0, 5)).isEqualTo(1_000);
    }

    @Test
    void yearsOfCpuTimeDoNotOverflow() {
        long yearMicros = 365L * 24 * 3600 * 1_000_000;
        long system = CpuTimes.systemMicros(64 * yearMicros, 48 * yearMicros * 1_000, 16 * yearMicros * 1_000);
        assertThat(system).isEqualTo(16 * yearMicros);
        assertThat(CpuTimes.systemMicros(yearMicros, Long.MAX_VALUE, Long.MAX_VALUE))
                .isEqualTo(yearMicros / 2);
    }
}
