// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryOptionsTest {
    @Test
    void urlsAreKeptInOrderWithoutTrailingSlash() {
        RegistryOptions options = RegistryOptions.of(List.of("http://a:8081/", " https://b/base "));

        assertThat(options.urls()).containsExactly(URI.create("http://a:8081"), URI.create("https://b/base"));
        assertThat(options.autoRegister()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://u:hunter2@h", "u:hunter2@h:1", "http://", "http://u:hunter2@h o", "//u:hunter2@h"})
    void whatIsNoUrlIsRefusedWithoutRepeatingIt(String url) {
        assertThatThrownBy(() -> RegistryOptions.of(List.of(url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageContaining("registry.url")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void noUrlIsRefused() {
        assertThatThrownBy(() -> RegistryOptions.of(List.of())).hasMessageContaining("registry.url is empty");
    }

    @Test
    void secretsAreNotInTheText() {
        RegistryOptions options = RegistryOptions.of(List.of("http://a"))
                .withBasicAuth(new Password("u:hunter2"))
                .withBearerToken(new Password("t0ken"));

        assertThat(options.toString()).doesNotContain("hunter2", "t0ken");
    }
}
