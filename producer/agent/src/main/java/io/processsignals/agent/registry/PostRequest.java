// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One POST on a connection of its own, asked by a thread of its own: a blocking connection heeds no interrupt, and no
 * time limit for all of an answer.
 *
 * <p>{@code java.net.http} would do without the thread. It brings 680 classes, TLS even for who speaks none, and a
 * thread that lingers: 4 MB of an idle agent, for one question in its life.
 */
final class PostRequest {
    /** Larger than any registry's answer. */
    private static final int MAX_BYTES = 1024 * 1024;

    /** What came back. */
    record Answer(int status, String body) {}

    private final HttpURLConnection connection;
    private final byte[] body;
    private final Duration limit;
    private volatile boolean hasAnswered;

    /**
     * @param tls for https; empty: the JVM's own
     * @param limit for all of it
     */
    PostRequest(
            URL url,
            Map<String, String> headers,
            byte[] body,
            Optional<SSLSocketFactory> tls,
            Duration connectLimit,
            Duration limit)
            throws IOException {
        this.body = body;
        this.limit = limit;
        connection = (HttpURLConnection) url.openConnection();
        if (connection instanceof HttpsURLConnection https) {
            tls.ifPresent(https::setSSLSocketFactory);
        }
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setUseCaches(false);
        // Credentials must not follow to another host
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(millis(connectLimit));
        connection.setReadTimeout(millis(limit)); // after which the thread ends, whatever came
        headers.forEach(connection::setRequestProperty);
        connection.setRequestProperty("Connection", "close");
    }

    /** @throws IOException if there was no complete answer in time */
    Answer send() throws IOException, InterruptedException {
        FutureTask<Answer> exchange = new FutureTask<>(this::exchange);
        Thread thread = new Thread(exchange, "schema-registry");
        thread.setDaemon(true);
        thread.start();
        try {
            return exchange.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw noAnswer(e);
        } finally {
            // Once there is a status, disconnect() would wait for whoever reads the body
            if (!exchange.isDone() && !hasAnswered) {
                connection.disconnect();
            }
        }
    }

    private Answer exchange() throws IOException {
        long begun = System.nanoTime();
        try {
            connect();
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
            int status = connection.getResponseCode();
            hasAnswered = true;
            if (status < 0) {
                throw new IOException("no HTTP");
            }
            return new Answer(status, read(status, begun));
        } catch (SocketTimeoutException e) {
            throw noAnswer(e);
        } finally {
            connection.disconnect();
        }
    }

    private void connect() throws IOException {
        try {
            connection.connect();
        } catch (SocketTimeoutException e) {
            throw new IOException("no connection in time", e);
        }
    }

    private String read(int status, long begun) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            if (in == null) {
                return "";
            }
            byte[] chunk = new byte[4 * 1024];
            int count;
            while ((count = in.read(chunk)) >= 0) {
                if (bytes.size() + count > MAX_BYTES) {
                    throw new IOException("answer larger than " + MAX_BYTES + " bytes");
                }
                bytes.write(chunk, 0, count);
                if (System.nanoTime() - begun > limit.toNanos()) {
                    throw noAnswer(null); // nobody waits any more
                }
            }
        }
        return bytes.toString(UTF_8);
    }

    private IOException noAnswer(@Nullable Exception cause) {
        return new IOException("no answer within " + limit.toMillis() + " ms", cause);
    }

    /** As connections want it, to whom 0 means for ever. */
    private static int millis(Duration duration) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, duration.toMillis()));
    }
}
