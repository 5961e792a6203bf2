// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
    private static final int AT = 3;

    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                1,
                9,
                10,
                99,
                100,
                9_999,
                10_000,
                10_001,
                4_194_304,
                99_999_999,
                100_000_000,
                Integer.MAX_VALUE,
                -1,
                Integer.MIN_VALUE
            })
    void writesAsJavaDoes(int value) {
        assertThat(written(value)).isEqualTo(Integer.toString(value));
    }

    @Test
    void writesAnyProcessId() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            int value = random.nextInt(100_000_000) >>> random.nextInt(27);
            assertThat(written(value)).isEqualTo(Integer.toString(value));
        }
    }

    private static String written(int value) {
        byte[] target = new byte[AT + Decimals.MAX_INT_LENGTH];
        int end = Decimals.write(target, AT, value);
        return new String(target, AT, end - AT, StandardCharsets.US_ASCII);
    }
}
