// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.bench;

import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import java.io.IOException;

/** A broker and a registry in a process of their own, until SIGTERM. Prints where they listen. */
final class Servers {
    private Servers() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        // What bin/bench peer compares with does not make its topics itself.
        EmbeddedKafka kafka = EmbeddedKafka.builder()
                .property("auto.create.topics.enable", "true")
                .start();
        EmbeddedRegistry registry = EmbeddedRegistry.startTemporary();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(registry, kafka), "close"));
        System.out.println("servers " + kafka.bootstrapServers() + " " + registry.url());
        Thread.currentThread().join();
    }

    private static void close(AutoCloseable... servers) {
        for (AutoCloseable server : servers) {
            try {
                server.close();
            } catch (Exception e) {
                System.err.println("servers: " + e.getMessage());
            }
        }
    }
}
