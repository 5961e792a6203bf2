// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between clients and a broker, and cuts connections in the middle of what the clients send. */
public final class CuttingProxy implements AutoCloseable {
    private static final long MIN_BYTES = 2_000;
    private static final long MAX_BYTES = 60_000;

    private final ServerSocket server;
    private final int brokerPort;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "cutting-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final Random random;
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile boolean cutting;

    /** Listens on a free port of 127.0.0.1; {@link #port()} says which. */
    public CuttingProxy(int brokerPort, long seed) throws IOException {
        this.brokerPort = brokerPort;
        this.random = new Random(seed);
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** From now on each connection ends after some 2 to 60 kB from its client. */
    public void cutting(boolean on) {
        cutting = on;
    }

    /** Connections cut so far. */
    public int cuts() {
        return cuts.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                threads.execute(() -> join(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void join(Socket client) {
        try (client;
                Socket broker = new Socket(InetAddress.getLoopbackAddress(), brokerPort)) {
            threads.execute(() -> copy(broker, client, false));
            copy(client, broker, true);
        } catch (IOException e) {
            // The broker is away: so is this connection.
        }
    }

    private void copy(Socket from, Socket to, boolean mayCut) {
        byte[] buffer = new byte[4096];
        long left;
        synchronized (random) {
            left = random.nextLong(MIN_BYTES, MAX_BYTES);
        }
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                left -= n;
                if (mayCut && cutting && left <= 0) {
                    out.write(buffer, 0, n / 2);
                    cuts.incrementAndGet();
                    return;
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One end has closed the connection: both are closed now.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
