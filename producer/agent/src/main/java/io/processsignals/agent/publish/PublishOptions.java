// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.time.Duration;

/**
 * How the publish loop works.
 *
 * @param topic to write to
 * @param maxInFlightRecords most records handed to the producer and not yet acknowledged. With a log in memory, keep it
 *     below the log's capacity: what is in flight cannot make room for a priority event
 * @param maxInFlightBytes the same in bytes of key and value, to stay well below the producer's {@code buffer.memory}
 * @param retryMin pause after a first failure
 * @param retryMax longest pause after repeated failures
 * @param stallAfter without an acknowledgement for so long, though records are in flight, Kafka counts as not answering
 * @param maxAhead how far a record's timestamp may lie ahead of the clock; brokers refuse one that is more than
 *     {@code message.timestamp.after.max.ms} (1 h by default) ahead of theirs
 */
public record PublishOptions(
        String topic,
        int maxInFlightRecords,
        long maxInFlightBytes,
        Duration retryMin,
        Duration retryMax,
        Duration stallAfter,
        Duration maxAhead) {
    private static final int IN_FLIGHT_RECORDS = 32_768;
    private static final long IN_FLIGHT_BYTES = 8L << 20;

    public PublishOptions {
        TopicName.check(topic);
        if (maxInFlightRecords < 1 || maxInFlightBytes < 1) {
            throw new IllegalArgumentException("at least one record must be allowed in flight");
        }
    }

    /** The defaults. */
    public static PublishOptions of(String topic) {
        return new PublishOptions(
                topic,
                IN_FLIGHT_RECORDS,
                IN_FLIGHT_BYTES,
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                Duration.ofSeconds(15),
                Duration.ofMinutes(30));
    }

    public PublishOptions withMaxInFlight(int records, long bytes) {
        return new PublishOptions(topic, records, bytes, retryMin, retryMax, stallAfter, maxAhead);
    }

    public PublishOptions withRetry(Duration min, Duration max) {
        return new PublishOptions(topic, maxInFlightRecords, maxInFlightBytes, min, max, stallAfter, maxAhead);
    }

    public PublishOptions withStallAfter(Duration after) {
        return new PublishOptions(topic, maxInFlightRecords, maxInFlightBytes, retryMin, retryMax, after, maxAhead);
    }
}
