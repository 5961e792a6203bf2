// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0us",
        "999, 999us",
        "1000, 1.0ms",
        "999999, 999.9ms",
        "1000000, 1.0s",
        "59999999, 59.9s",
        "60000000, 1m0s",
        "3599999999, 59m59s",
        "11520000000, 3h12m",
        "86400000000, 1d0h"
    })
    void durationsNeverRoundUpToAUnitThatWasNotReached(long micros, String text) {
        assertThat(Amounts.micros(micros)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "67108864, 64.0 MiB", "5497558138880, 5.0 TiB"})
    void bytesHaveBinaryUnits(long bytes, String text) {
        assertThat(Amounts.bytes(bytes)).isEqualTo(text);
    }
}
