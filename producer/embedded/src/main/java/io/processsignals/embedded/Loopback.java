// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of 127.0.0.1. */
public final class Loopback {
    public static final String HOST = "127.0.0.1";

    private static final byte[] ADDRESS = {127, 0, 0, 1};

    /**
     * Below every system's ephemeral range (Linux 32768, others 49152): the kernel gives these to nobody who did not
     * ask for them by number, so that a port found free stays free until the server binds it.
     */
    private static final int FIRST_PORT = 15_000;

    private static final int LAST_PORT = 32_000;

    /** What this process has given out and may not have bound yet. */
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private Loopback() {}

    /** A port that nothing is bound to; another one at each call. */
    public static int freePort() throws IOException {
        for (int attempt = 0; attempt < 200; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            if (GIVEN.add(port) && isFree(port)) {
                return port;
            }
        }
        throw new IOException("no free port on 127.0.0.1 between " + FIRST_PORT + " and " + LAST_PORT);
    }

    /** Fails with a message for the user if the port is taken. */
    public static void requireFree(int port, String purpose) throws IOException {
        if (!isFree(port)) {
            throw new BindException("port " + port + " of 127.0.0.1 is in use: choose another one for " + purpose
                    + ", or 0 for any free one");
        }
    }

    /** Whether nothing is bound to the port. */
    public static boolean isFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            // As the servers do: connections in TIME_WAIT are no reason not to listen again.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(ADDRESS), port));
            return true;
        } catch (BindException e) {
            return false;
        }
    }
}
