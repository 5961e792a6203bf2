// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.agent.publish.TopicOutcome.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Makes sure that the topic is there before anything is sent: a producer's first look at a missing topic would let a
 * broker create it with settings of its own.
 *
 * <p>A connection is made for every look and none is kept. Failures are outcomes; repeating the look is the caller's
 * part. A look takes a few seconds at most and can be interrupted.
 */
public final class TopicProvisioner {
    private static final int LEADER_LOOKS = 50;
    private static final Duration LEADER_PAUSE = Duration.ofMillis(100);

    private final Map<String, Object> adminSettings;
    private final TopicOptions options;
    private final String brokers;

    /** @param kafka {@code kafka.*} without the prefix, as for the producer */
    public TopicProvisioner(Map<String, ?> kafka, TopicOptions options) {
        this.adminSettings = ProducerSettings.admin(kafka);
        this.options = options;
        this.brokers = String.valueOf(kafka.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
    }

    /** Looks for the topic and creates it if it is missing and may be created. */
    public TopicOutcome ensure() throws InterruptedException {
        Admin admin;
        try {
            admin = Admin.create(adminSettings);
        } catch (KafkaException e) {
            return new TopicOutcome(
                    Kind.UNREACHABLE, "cannot connect to Kafka: " + OneLine.of(e) + "; check the kafka.* settings");
        }
        try {
            return ensure(admin);
        } catch (ExecutionException e) {
            return failure(e.getCause() == null ? e : e.getCause());
        } finally {
            admin.close(Duration.ZERO);
        }
    }

    private TopicOutcome ensure(Admin admin) throws ExecutionException, InterruptedException {
        try {
            int partitions = admin.describeTopics(List.of(options.name())).allTopicNames().get().values().stream()
                    .mapToInt(topic -> topic.partitions().size())
                    .sum();
            return new TopicOutcome(
                    Kind.PRESENT, "topic '" + options.name() + "' has " + partitions + " partitions", partitions);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw e;
            }
        }
        if (!options.create()) {
            return new TopicOutcome(
                    Kind.MISSING,
                    "topic '" + options.name() + "' does not exist: create it, or let the agent do so with"
                            + " topic.create=true");
        }
        int nodes = admin.describeCluster().nodes().get().size();
        short replicas = (short) Math.max(1, Math.min(options.replicationFactor(), nodes));
        try {
            admin.createTopics(Set.of(
                            new NewTopic(options.name(), options.partitions(), replicas).configs(configs(replicas))))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TopicExistsException) {
                return new TopicOutcome(Kind.PRESENT, "topic '" + options.name() + "' is there");
            }
            throw e;
        }
        awaitLeaders(admin);
        return new TopicOutcome(
                Kind.CREATED,
                "created topic '" + options.name() + "' with " + options.partitions() + " partitions and " + replicas
                        + (replicas == 1 ? " replica" : " replicas"),
                options.partitions());
    }

    /**
     * Waits until every partition is served. A producer that is told "not yet" for the first batch of a partition and
     * has a second one accepted can never send the first (KAFKA-14359).
     */
    private void awaitLeaders(Admin admin) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
        for (int i = 0; i < options.partitions(); i++) {
            partitions.put(new TopicPartition(options.name(), i), OffsetSpec.latest());
        }
        for (int look = 1; ; look++) {
            try {
                admin.listOffsets(partitions).all().get();
                return;
            } catch (ExecutionException e) {
                // A broker may not have heard of the new topic yet
                if (look == LEADER_LOOKS || !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
                Thread.sleep(LEADER_PAUSE.toMillis());
            }
        }
    }

    private Map<String, String> configs(short replicas) {
        Map<String, String> configs = new HashMap<>();
        configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        configs.put(
                TopicConfig.RETENTION_MS_CONFIG,
                Long.toString(
                        options.retention().isNegative()
                                ? -1
                                : options.retention().toMillis()));
        configs.put(TopicConfig.RETENTION_BYTES_CONFIG, Long.toString(Math.max(-1, options.retentionBytes())));
        // Time is an index of the topic: short segments make retention and a search by time exact.
        configs.put(
                TopicConfig.SEGMENT_MS_CONFIG, Long.toString(Duration.ofHours(1).toMillis()));
        configs.put(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
        configs.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
        configs.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(Math.max(1, replicas - 1)));
        return configs;
    }

    private TopicOutcome failure(Throwable failure) {
        return switch (SendFailure.of(failure)) {
            case UNAUTHORISED ->
                new TopicOutcome(
                        Kind.UNAUTHORISED,
                        "Kafka does not let this agent see or create topic '" + options.name() + "': "
                                + OneLine.of(failure)
                                + "; check the kafka.sasl.* and kafka.ssl.* settings and the topic's"
                                + " ACLs (Describe and Write)");
            case UNREACHABLE ->
                new TopicOutcome(
                        Kind.UNREACHABLE,
                        "no Kafka broker answers at " + brokers + ": " + OneLine.of(failure)
                                + "; check kafka.bootstrap.servers and the network");
            default ->
                new TopicOutcome(
                        failure instanceof RetriableException ? Kind.UNREACHABLE : Kind.REFUSED,
                        "Kafka refuses topic '" + options.name() + "': " + OneLine.of(failure)
                                + "; create it by hand or change the topic.* settings");
        };
    }
}
