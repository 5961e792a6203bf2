// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.time.Duration;

/**
 * The topic that the agent writes to, and what to make of it if it is missing.
 *
 * @param name of the topic
 * @param create whether the agent may create it
 * @param partitions of a created topic
 * @param replicationFactor of a created topic; fewer if there are fewer brokers
 * @param retention how long a created topic keeps records; negative: for ever
 * @param retentionBytes how much a created topic keeps of each partition; negative: everything
 */
public record TopicOptions(
        String name, boolean create, int partitions, short replicationFactor, Duration retention, long retentionBytes) {
    private static final int PARTITIONS = 12;
    private static final short REPLICATION_FACTOR = 3;
    private static final Duration RETENTION = Duration.ofDays(7);
    private static final long RETENTION_BYTES = 10L << 30;

    public TopicOptions {
        TopicName.check(name);
    }

    /** The defaults: 12 partitions, three replicas, seven days or 10 GiB a partition, whichever comes first. */
    public static TopicOptions of(String name, boolean create) {
        return new TopicOptions(name, create, PARTITIONS, REPLICATION_FACTOR, RETENTION, RETENTION_BYTES);
    }

    public TopicOptions withoutCreate() {
        return new TopicOptions(name, false, partitions, replicationFactor, retention, retentionBytes);
    }

    public TopicOptions withPartitions(int number) {
        return new TopicOptions(name, create, number, replicationFactor, retention, retentionBytes);
    }

    public TopicOptions withReplicationFactor(short replicas) {
        return new TopicOptions(name, create, partitions, replicas, retention, retentionBytes);
    }

    public TopicOptions withRetention(Duration time) {
        return new TopicOptions(name, create, partitions, replicationFactor, time, retentionBytes);
    }
}
