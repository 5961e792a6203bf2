// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Topics that a producer may write to at once: every partition is served when {@code create} returns. A producer that
 * is told "not yet" for the first batch of a partition and has a second one accepted can never send the first
 * (KAFKA-14359).
 */
public final class Topics {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private Topics() {}

    /** Creates a topic with one replica. */
    public static void create(String bootstrapServers, String name, int partitions)
            throws ExecutionException, InterruptedException {
        create(bootstrapServers, new NewTopic(name, partitions, (short) 1));
    }

    /**
     * Creates topics whose numbers of partitions are given.
     *
     * @throws IllegalStateException if a partition is not served within half a minute
     */
    public static void create(String bootstrapServers, NewTopic... topics)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(topics)).all().get();
            awaitLeaders(admin, topics);
        }
    }

    private static void awaitLeaders(Admin admin, NewTopic... topics) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
        for (NewTopic topic : topics) {
            for (int i = 0; i < topic.numPartitions(); i++) {
                partitions.put(new TopicPartition(topic.name(), i), OffsetSpec.latest());
            }
        }
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            int left = (int) Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            try {
                admin.listOffsets(partitions, new ListOffsetsOptions().timeoutMs(Math.max(1, left)))
                        .all()
                        .get();
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
                if (left <= 0) {
                    throw new IllegalStateException(
                            "not every partition is served after " + LIMIT.toSeconds() + " s: "
                                    + Arrays.toString(topics),
                            e.getCause());
                }
                // A broker may not have heard of a new topic yet
                Thread.sleep(PAUSE.toMillis());
            }
        }
    }
}
