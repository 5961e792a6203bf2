// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.metrics.AgentHealth.Part;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsServerTest {
    private static final AgentConfig ANY_PORT = AgentConfig.of(Map.of("metrics.port", "0"));

    private final AgentHealth health =
            new AgentHealth(Clock.fixed(Instant.parse("2026-11-23T10:00:00.5Z"), ZoneOffset.UTC));
    private final HttpClient client = HttpClient.newHttpClient();
    private MetricsServer server;

    @BeforeEach
    void start() throws IOException {
        server = MetricsServer.start(ANY_PORT, () -> "runtime_x_total 1\n", health);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void listensOnLoopbackOnly() {
        assertThat(server.address().getAddress()).isEqualTo(InetAddress.getLoopbackAddress());
    }

    @Test
    void metrics() throws Exception {
        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body()).isEqualTo("runtime_x_total 1\n");
    }

    @Test
    void readyNamesWhatDoesNotWork() throws Exception {
        assertThat(get("/readyz").statusCode()).isEqualTo(503);

        health.ready(true);
        assertThat(get("/readyz").body()).isEqualTo("ready\n");

        health.degraded(Part.KAFKA, "no broker answers");
        HttpResponse<String> degraded = get("/readyz");
        assertThat(degraded.statusCode()).isEqualTo(200);
        assertThat(degraded.body()).isEqualTo("ready\ndegraded: kafka since 2026-11-23T10:00:00Z: no broker answers\n");

        health.working(Part.KAFKA);
        assertThat(get("/readyz").body()).isEqualTo("ready\n");
    }

    @Test
    void healthyUntilALoopHasEnded() throws Exception {
        assertThat(get("/healthz").statusCode()).isEqualTo(200);

        health.dead();

        assertThat(get("/healthz").statusCode()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"})
    void onlyGetIsAnswered(String method) throws Exception {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(uri("/metrics"))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).contains("GET");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metricsx", "/metrics/", "/metrics/../readyz", "/favicon.ico"})
    void onlyThreePathsAreKnown(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void anAuthorityInPlaceOfAPathIsRefused() throws Exception {
        // Later updates of JDK 17 refuse it before a handler sees it
        assertThat(get("//metrics").statusCode()).isIn(400, 404);
    }

    @Test
    void queryIsIgnored() throws Exception {
        assertThat(get("/metrics?name[]=x".replace("[]", "%5B%5D")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void slowClientsHoldUpNobodyAndAreCutOff() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket(
                        server.address().getAddress(), server.address().getPort());
                socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nX: ".getBytes(US_ASCII));
                slow.add(socket);
            }

            assertThat(get("/metrics").statusCode()).isEqualTo(200);

            for (Socket socket : slow) {
                InputStream input = socket.getInputStream();
                assertThat(readToEnd(input)).as("closed without an answer").doesNotContain("200 OK");
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void portInUseIsOneLine() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();
            AgentConfig config = AgentConfig.of(Map.of("metrics.port", Integer.toString(port)));

            assertThatThrownBy(() -> MetricsServer.start(config, () -> "", health))
                    .isInstanceOf(IOException.class)
                    .hasMessage("cannot listen on 127.0.0.1:" + port
                            + " (Address already in use): set metrics.port to a free port, or end what uses it");
        }
    }

    @Test
    void addressThatDoesNotExistIsOneLine() {
        AgentConfig config = AgentConfig.of(Map.of("metrics.bind.address", "no.such.host.invalid"));

        assertThatThrownBy(() -> MetricsServer.start(config, () -> "", health))
                .hasMessage("metrics.bind.address: no address is known for no.such.host.invalid");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        InetSocketAddress address = server.address();
        return URI.create("http://127.0.0.1:" + address.getPort() + path);
    }

    private static String readToEnd(InputStream input) {
        try {
            return new String(input.readAllBytes(), US_ASCII);
        } catch (IOException e) {
            return "reset";
        }
    }
}
