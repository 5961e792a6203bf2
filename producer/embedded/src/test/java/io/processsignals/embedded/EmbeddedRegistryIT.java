// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.net.BindException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EmbeddedRegistryIT {
    private static final String SCHEMA = "{\"schema\": \"\\\"string\\\"\"}";

    @Test
    void registersAndStartsAgainEmptyOnTheSamePort() throws Exception {
        try (EmbeddedRegistry registry = EmbeddedRegistry.startTemporary()) {
            assertThat(post(registry.url() + "/subjects/s-value/versions")).isEqualTo("{\"id\":1}");
            assertThat(get(registry.url() + "/subjects")).isEqualTo("[\"s-value\"]");

            String url = registry.url();
            registry.stop();
            registry.start();

            assertThat(registry.url()).isEqualTo(url);
            assertThat(get(url + "/subjects")).isEqualTo("[]");
        }
    }

    @Test
    void saysInOneLineThatThePortIsTaken() throws Exception {
        try (EmbeddedRegistry registry = EmbeddedRegistry.startTemporary()) {
            int port = URI.create(registry.url()).getPort();
            assertThatThrownBy(() -> EmbeddedRegistry.start(port))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("port " + port)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void endsWithItsParentEvenByKill() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RegistryHolder.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        ProcessHandle child;
        try (BufferedReader out = parent.inputReader()) {
            assertThat(out.readLine()).isEqualTo("started");
            child = parent.children().findAny().orElseThrow();
        } finally {
            parent.destroyForcibly();
        }
        child.onExit().get(30, TimeUnit.SECONDS);
        assertThat(child.isAlive()).isFalse();
    }

    /** Holds a registry until it is killed. */
    static final class RegistryHolder {
        public static void main(String[] args) throws Exception {
            try (EmbeddedRegistry registry = EmbeddedRegistry.startTemporary()) {
                System.out.println("started");
                Thread.sleep(600_000);
                registry.start();
            }
        }
    }

    private static String post(String url) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .POST(HttpRequest.BodyPublishers.ofString(SCHEMA))
                .build());
    }

    private static String get(String url) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(url)).build());
    }

    private static String send(HttpRequest request) throws Exception {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
