// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** An HTTP server on 127.0.0.1 that answers as it is told and remembers what it was asked. */
public final class RegistryServer implements AutoCloseable {
    /** What came in. */
    public record Request(String method, String path, String authorization, String contentType, String body) {}

    /** What goes out. */
    public record Response(int status, String body, String location) {
        public static Response of(int status, String body) {
            return new Response(status, body, "");
        }
    }

    @FunctionalInterface
    public interface Behaviour {
        Response answer(Request request) throws InterruptedException;
    }

    private final HttpServer server;
    private final String scheme;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    private RegistryServer(HttpServer server, String scheme, Behaviour behaviour) {
        this.server = server;
        this.scheme = scheme;
        server.setExecutor(threads);
        server.createContext("/", exchange -> handle(exchange, behaviour));
        server.start();
    }

    public static RegistryServer start(Behaviour behaviour) throws IOException {
        return new RegistryServer(HttpServer.create(loopback(), 0), "http", behaviour);
    }

    static RegistryServer startTls(SSLContext context, boolean clientCertificate, Behaviour behaviour)
            throws IOException {
        HttpsServer server = HttpsServer.create(loopback(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters ssl = context.getDefaultSSLParameters();
                ssl.setNeedClientAuth(clientCertificate);
                parameters.setSSLParameters(ssl);
            }
        });
        return new RegistryServer(server, "https", behaviour);
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private void handle(HttpExchange exchange, Behaviour behaviour) throws IOException {
        try (exchange) {
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            requests.add(request);
            Response response = behaviour.answer(request);
            if (!response.location.isEmpty()) {
                exchange.getResponseHeaders().add("Location", response.location);
            }
            byte[] body = response.body.getBytes(UTF_8);
            exchange.sendResponseHeaders(response.status, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    public String url() {
        return scheme + "://127.0.0.1:" + port();
    }

    public List<Request> requests() {
        return requests;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        server.stop(0);
    }
}
