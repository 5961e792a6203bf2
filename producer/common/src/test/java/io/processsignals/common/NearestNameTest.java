// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    @ParameterizedTest
    @CsvSource({
        "abc,abc,0",
        "abc,abd,1",
        "abc,ab,1",
        "ab,abc,1",
        "abc,acb,1",
        "'',abc,3",
        "kitten,sitting,3",
        "xacb,abcx,3"
    })
    void distance(String a, String b, int expected) {
        for (int most = 0; most <= 4; most++) {
            int told = Math.min(expected, most + 1);
            assertThat(NearestName.distance(a, b, most)).isEqualTo(told);
            assertThat(NearestName.distance(b, a, most)).isEqualTo(told);
        }
    }

    @Test
    void nearestOfSeveral() {
        List<String> names = List.of("buffer.size", "buffer.bytes", "topic.name");

        assertThat(NearestName.find("bufer.size", names, 2)).contains("buffer.size");
        assertThat(NearestName.find("something", names, 2)).isEmpty();
    }
}
