// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.bench;

import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import java.util.Arrays;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.NewTopic;

/** A broker with the topics that are named, and a registry, in a process until SIGTERM. Prints where they listen. */
final class Servers {
    private static final int PARTITIONS = 12; // as the agent makes it

    private Servers() {}

    public static void main(String[] topics) throws Exception {
        Future<EmbeddedRegistry> starting = EmbeddedRegistry.startMeanwhile();
        // What bin/bench peer compares with does not make its topics itself.
        EmbeddedKafka kafka = EmbeddedKafka.builder()
                .property("auto.create.topics.enable", "true")
                .start();
        EmbeddedRegistry registry = starting.get();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(registry, kafka), "close"));
        Topics.create(
                kafka.bootstrapServers(),
                Arrays.stream(topics)
                        .map(topic -> new NewTopic(topic, PARTITIONS, (short) 1))
                        .toArray(NewTopic[]::new));
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
