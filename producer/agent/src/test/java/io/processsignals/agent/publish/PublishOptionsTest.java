// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishOptionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "ä", "line\nbreak"})
    void whatIsNoTopicNameIsRefusedInOneLine(String name) {
        assertThatThrownBy(() -> PublishOptions.of(name))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .contains("topic.name")
                .doesNotContain("\n");
        assertThatThrownBy(() -> TopicOptions.of(name, true)).hasMessageContaining("topic.name");
    }

    @Test
    void theLongestNameIsTaken() {
        assertThat(PublishOptions.of("x".repeat(249)).topic()).hasSize(249);
        assertThatThrownBy(() -> PublishOptions.of("x".repeat(250))).hasMessageContaining("topic.name");
    }

    @Test
    void somethingMustBeAllowedInFlight() {
        PublishOptions options = PublishOptions.of("t");

        assertThatThrownBy(() -> options.withMaxInFlight(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withMaxInFlight(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
