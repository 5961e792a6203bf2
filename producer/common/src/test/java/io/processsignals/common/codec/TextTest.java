// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
    private final Text text = new Text();

    @Test
    void beginsAbsentAndEmpty() {
        assertThat(text.isPresent()).isFalse();
        assertThat(text.length()).isZero();
        assertThat(text).hasToString("");
    }

    @Test
    void emptyIsPresent() {
        text.set("");

        assertThat(text.isPresent()).isTrue();
        assertThat(text.length()).isZero();
    }

    @Test
    void clearForgets() {
        text.set("a");
        text.clear();

        assertThat(text.isPresent()).isFalse();
        assertThat(text).hasToString("");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7, -7, 10, 4294967295L, Long.MAX_VALUE, Long.MIN_VALUE, -1000})
    void writesDecimals(long value) {
        text.setDecimal(value);

        assertThat(text).hasToString(Long.toString(value));
    }

    @Test
    void ownBufferIsReusedForShorterText() {
        text.set("a longer text than before, by far, so that it grows");
        text.set("é");
        text.set("bc");

        assertThat(text).hasToString("bc");
    }

    @Test
    void takesOverAnotherText() {
        Text other = new Text();
        other.set("x");
        text.set(other);
        assertThat(text).hasToString("x");

        other.clear();
        text.set(other);
        assertThat(text.isPresent()).isFalse();
    }

    @Test
    void refusesSlicesOutsideTheArray() {
        assertThatThrownBy(() -> text.set(new byte[3], 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> text.setProcessText(new byte[3], 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
