// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.config.AgentConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that want to hold the endpoint up, or more memory or threads of the agent than it gives. */
class MetricsServerAbuseTest {
    private static final int MOST_THREADS = 16;
    private static final Duration SOON = Duration.ofSeconds(60);

    private MetricsServer server;

    @BeforeEach
    void start() throws IOException {
        server = MetricsServer.start(
                AgentConfig.of(Map.of("metrics.port", "0")), () -> "x 1\n", new AgentHealth(Clock.systemUTC()));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aFloodOfSlowRequestsTakesNoMoreThreadsAndEnds() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 8 * MOST_THREADS; i++) {
                Socket socket = connect();
                slow.add(socket);
                try {
                    socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nX: ".getBytes(US_ASCII));
                } catch (IOException e) {
                    // one too many, and refused already
                }
            }
            assertThat(httpThreads()).isLessThanOrEqualTo(MOST_THREADS);

            // All of them stay open on this side; the server cuts them off and answers others
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() ->
                            status("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").startsWith("HTTP/1.1 200"));
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void headersWithoutEndAreRefused() throws IOException {
        String header = "X: " + "y".repeat(8_000) + "\r\n";
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            boolean refused = false;
            try {
                out.write("GET /metrics HTTP/1.1\r\n".getBytes(US_ASCII));
                for (int i = 0; i < 10_000; i++) { // 80 MB, more than the agent's heap
                    out.write(header.getBytes(US_ASCII));
                }
            } catch (IOException e) {
                refused = true;
            }
            assertThat(refused).isTrue();
        }
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> status("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").startsWith("HTTP/1.1 200"));
    }

    private String status(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), US_ASCII);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(server.address().getAddress(), server.address().getPort());
    }

    private static long httpThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("http-"))
                .count();
    }
}
