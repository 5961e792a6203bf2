// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {
    @Test
    void controlCharactersBecomeOneSpace() {
        assertThat(OneLine.of(" a\r\n\tb\u001b[31m ")).isEqualTo("a b [31m");
    }

    @Test
    void longTextIsCut() {
        assertThat(OneLine.of("x".repeat(1_000))).hasSize(303).endsWith("...");
    }

    @Test
    void theRootIsNamedIfItSaysMore() {
        Exception root = new IllegalStateException("no route");

        assertThat(OneLine.of(new RuntimeException("cannot connect", root))).isEqualTo("cannot connect: no route");
        assertThat(OneLine.of(new RuntimeException("cannot connect: no route", root)))
                .isEqualTo("cannot connect: no route");
        assertThat(OneLine.of(new NullPointerException())).isEqualTo("NullPointerException");
    }
}
