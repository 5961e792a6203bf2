// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.processsignals.agent.config.AgentConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET on {@code /metrics}, {@code /healthz} and {@code /readyz}, and nothing else. Bounded: threads,
 * connections, and the time that a request or its answer may take.
 */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);

    /** As many threads as connections, so that slow clients hold up nobody else. */
    private static final int CONNECTIONS = 16;

    private static final int IDLE_CONNECTIONS = 8;
    private static final int REQUEST_SECONDS = 5;
    private static final int RESPONSE_SECONDS = 10;

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String TEXT = "text/plain; charset=utf-8";

    static {
        // The JDK's server can be bounded by system properties only, read when its first class is loaded.
        limit("sun.net.httpserver.maxReqTime", REQUEST_SECONDS);
        limit("sun.net.httpserver.maxRspTime", RESPONSE_SECONDS);
        limit("sun.net.httpserver.maxIdleConnections", IDLE_CONNECTIONS);
        limit("jdk.httpserver.maxConnections", CONNECTIONS);
    }

    private final HttpServer server;
    private final ThreadPoolExecutor executor;
    private final Supplier<String> scrape;
    private final AgentHealth health;

    private MetricsServer(HttpServer server, ThreadPoolExecutor executor, Supplier<String> scrape, AgentHealth health) {
        this.server = server;
        this.executor = executor;
        this.scrape = scrape;
        this.health = health;
    }

    /**
     * Listens at once.
     *
     * @param scrape everything in Prometheus' text format
     * @throws IOException if it cannot listen there; the message is one line that says what to do
     */
    public static MetricsServer start(AgentConfig config, Supplier<String> scrape, AgentHealth health)
            throws IOException {
        String where = config.metricsBindAddress() + ":" + config.metricsPort();
        HttpServer server;
        try {
            InetAddress address = InetAddress.getByName(config.metricsBindAddress());
            server = HttpServer.create(new InetSocketAddress(address, config.metricsPort()), CONNECTIONS);
        } catch (UnknownHostException e) {
            throw new IOException(
                    AgentConfig.METRICS_BIND_ADDRESS_CONFIG + ": no address is known for "
                            + config.metricsBindAddress(),
                    e);
        } catch (BindException e) {
            throw new IOException(
                    "cannot listen on " + where + " (" + e.getMessage() + "): set " + AgentConfig.METRICS_PORT_CONFIG
                            + " to a free port, or end what uses it",
                    e);
        } catch (IOException e) {
            throw new IOException("cannot listen on " + where + ": " + e.getMessage(), e);
        }
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                CONNECTIONS, CONNECTIONS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(CONNECTIONS), task -> {
                    Thread thread = new Thread(task, "http-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        MetricsServer metricsServer = new MetricsServer(server, executor, scrape, health);
        server.setExecutor(executor);
        server.createContext("/", metricsServer::handle);
        server.start();
        return metricsServer;
    }

    /** Where it really listens. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            boolean known = path != null
                    && switch (path) {
                        case "/metrics", "/healthz", "/readyz" -> true;
                        default -> false;
                    };
            if (!known) {
                answer(exchange, 404, TEXT, "not found: use /metrics, /healthz or /readyz\n");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET");
                answer(exchange, 405, TEXT, "only GET is answered\n");
            } else {
                get(exchange, path);
            }
        } catch (RuntimeException e) {
            LOG.warn("Cannot answer an HTTP request", e);
        }
    }

    private void get(HttpExchange exchange, String path) throws IOException {
        switch (path) {
            case "/metrics" -> answer(exchange, 200, PROMETHEUS_TEXT, scrape.get());
            case "/healthz" -> {
                boolean alive = health.isAlive();
                answer(exchange, alive ? 200 : 503, TEXT, (alive ? "alive\n" : "capture has ended\n") + problems());
            }
            default -> {
                boolean ready = health.isReady();
                answer(exchange, ready ? 200 : 503, TEXT, (ready ? "ready\n" : "not ready\n") + problems());
            }
        }
    }

    private String problems() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<AgentHealth.Part, AgentHealth.Problem> entry :
                health.problems().entrySet()) {
            text.append("degraded: ")
                    .append(AgentMetrics.label(entry.getKey()))
                    .append(" since ")
                    .append(entry.getValue().since())
                    .append(": ")
                    .append(entry.getValue().reason())
                    .append('\n');
        }
        return text.toString();
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    private static void limit(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }
}
