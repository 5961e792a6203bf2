// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalMaskTest {
    @Test
    void fatalSignalsAreThoseThatEndAProcess() {
        for (int signal : new int[] {1, 2, 3, 4, 6, 9, 11, 13, 14, 15, 24, 29, 30, 31, 32, 34, 64}) {
            assertThat(SignalMask.contains(SignalMask.FATAL, signal))
                    .as("%d", signal)
                    .isTrue();
        }
        for (int signal : new int[] {17, 18, 19, 20, 21, 22, 23, 28}) {
            assertThat(SignalMask.contains(SignalMask.FATAL, signal))
                    .as("%d", signal)
                    .isFalse();
        }
        assertThat(Long.bitCount(SignalMask.FATAL)).isEqualTo(56);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "SIGHUP; 1",
                "SIGKILL; 100",
                "64; 8000000000000000",
                "1-64; ffffffffffffffff",
                "all; ffffffffffffffff",
                "9-9; 100",
                "SIGTERM, kill ,34-64; fffffffe00004100",
                "SIGRTMIN-SIGRTMAX; fffffffe00000000",
                "SIGRTMAX-1-SIGRTMAX; c000000000000000",
                "SIGRTMAX-1; 4000000000000000",
                "FATAL; fffffffff780ffff",
            })
    void reads(String text, String hex) {
        long expected = Long.parseUnsignedLong(hex, 16);

        assertThat(SignalMask.parse(text)).isEqualTo(expected);
    }

    @Test
    void partsAddUp() {
        assertThat(SignalMask.parse("fatal,SIGSTOP")).isEqualTo(SignalMask.FATAL | SignalMask.of(Signals.SIGSTOP));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SIGTERM,", "0", "65", "1-65", "SIGTERM-", "-9", "every", "1--3", "SIGTERM SIGKILL"})
    void refusesWhatIsNoSet(String text) {
        assertThatThrownBy(() -> SignalMask.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use fatal, all, names or numbers");
    }

    @Test
    void namesTheMistakeAndTheNearestSignal() {
        assertThatThrownBy(() -> SignalMask.parse("SIGKILL,SIGTREM"))
                .hasMessageContaining("'SIGTREM'")
                .hasMessageContaining("SIGTERM?");
        assertThatThrownBy(() -> SignalMask.parse("KILLL")).hasMessageContaining("SIGKILL?");
        assertThatThrownBy(() -> SignalMask.parse("fatl")).hasMessageContaining("fatal?");
        assertThatThrownBy(() -> SignalMask.parse("64-34")).hasMessageContaining("write the lower signal first");
    }

    @Test
    void formatsSoThatItCanBeReadBack() {
        assertThat(SignalMask.format(SignalMask.ALL)).isEqualTo("all");
        assertThat(SignalMask.format(SignalMask.FATAL)).isEqualTo("fatal");
        assertThat(SignalMask.format(SignalMask.parse("15,9,34-64"))).isEqualTo("SIGKILL,SIGTERM,34-64");
        assertThat(SignalMask.format(SignalMask.parse("1,2"))).isEqualTo("SIGHUP,SIGINT");
        assertThat(SignalMask.format(0)).isEmpty();
        Random random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            long mask = random.nextLong() | (1L << i % 64);
            assertThat(SignalMask.parse(SignalMask.format(mask))).isEqualTo(mask);
        }
    }

    @Test
    void onlySignalsHaveABit() {
        assertThat(SignalMask.contains(SignalMask.ALL, 0)).isFalse();
        assertThat(SignalMask.contains(SignalMask.ALL, 65)).isFalse();
        assertThatThrownBy(() -> SignalMask.of(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
