// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** What the publish loop is doing and has done. Written by the loop, read by any thread. */
public final class PublishStatus {
    /** Told of what happens, on the loop's thread or the producer's; must not wait. */
    public interface Listener {
        /** Does nothing. */
        Listener NONE = new Listener() {};

        /**
         * Kafka has acknowledged records.
         *
         * @param timestampsMicros of the events, since the epoch; more may lie behind these
         * @param count how many, from the first element on
         * @param bytes of their keys and values
         */
        default void acknowledged(long[] timestampsMicros, int count, long bytes) {}

        /** An attempt failed; it is tried again. Called each time. */
        default void failed(State state, String reason) {}

        /** Records go out, for the first time or again. */
        default void publishing() {}

        /** A record was put aside because Kafka does not take its size. */
        default void oversize() {}

        /** The producer had to send records again, which it does by itself. */
        default void retried(long records) {}

        /** A record's timestamp was brought back to what brokers take. */
        default void timestampClamped() {}

        /** A record was dropped because it is no event. */
        default void undecodable() {}

        /** The topic has so many partitions. */
        default void partitions(int count) {}
    }

    /** What the loop is at. */
    public enum State {
        /** Not started. */
        STARTING,
        /** The schema has no id: the registry is away, or refuses the schema or this agent. Nothing is sent. */
        WAITING_FOR_REGISTRY,
        /** The topic is not there, or could not be looked at. */
        WAITING_FOR_TOPIC,
        /** Records go out, or there are none. */
        PUBLISHING,
        /** Kafka does not answer, or not in time. */
        RETRYING,
        /** Kafka refuses the credentials or the right to write. */
        UNAUTHORISED,
        /** An error that needs somebody to look at it; tried again nevertheless. */
        FAILING,
        /** Ended. */
        CLOSED
    }

    /**
     * State and reason, which belong together.
     *
     * @param state what the loop is at
     * @param since when the state began
     * @param reason one line; empty if there is nothing to say
     */
    public record Condition(State state, Instant since, String reason) {
        /** Whether records go out as far as is known. */
        public boolean isHealthy() {
            return state == State.PUBLISHING;
        }
    }

    private final InstantSource clock;
    private final Listener listener;
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder acknowledgedBytes = new LongAdder();
    private final LongAdder oversize = new LongAdder();
    private final LongAdder undecodable = new LongAdder();
    private final LongAdder timestampsClamped = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final LongAdder producersReplaced = new LongAdder();
    private final LongAdder failures = new LongAdder();

    private volatile Condition condition;
    private volatile Optional<String> lastError = Optional.empty();
    private volatile int inFlight;

    public PublishStatus(Listener listener) {
        this(listener, InstantSource.system());
    }

    PublishStatus(Listener listener, InstantSource clock) {
        this.listener = listener;
        this.clock = clock;
        this.condition = new Condition(State.STARTING, clock.instant(), "");
    }

    public Condition condition() {
        return condition;
    }

    /** The last failure in one line, also when it has passed. */
    public Optional<String> lastError() {
        return lastError;
    }

    /** Records that Kafka has acknowledged. */
    public long acknowledged() {
        return acknowledged.sum();
    }

    /** Bytes of key and value of these, uncompressed. */
    public long acknowledgedBytes() {
        return acknowledgedBytes.sum();
    }

    /** Records put aside because Kafka does not take their size. */
    public long oversize() {
        return oversize.sum();
    }

    /** Records dropped because they are no events. */
    public long undecodable() {
        return undecodable.sum();
    }

    /** Sends whose record timestamp was brought back to the clock's reach. */
    public long timestampsClamped() {
        return timestampsClamped.sum();
    }

    /** Records that the producer had to send again. */
    public long retried() {
        return retried.sum();
    }

    /** Producers given up after an error that they cannot recover from. */
    public long producersReplaced() {
        return producersReplaced.sum();
    }

    /** Attempts that failed, of any kind. */
    public long failures() {
        return failures.sum();
    }

    /** Records handed to the producer and not yet acknowledged. */
    public int inFlight() {
        return inFlight;
    }

    void addAcknowledged(long[] timestampsMicros, int count, long bytes) {
        acknowledged.add(count);
        acknowledgedBytes.add(bytes);
        listener.acknowledged(timestampsMicros, count, bytes);
    }

    void addOversize() {
        oversize.increment();
        listener.oversize();
    }

    void addUndecodable() {
        undecodable.increment();
        listener.undecodable();
    }

    void addTimestampClamped() {
        timestampsClamped.increment();
        listener.timestampClamped();
    }

    void addRetried(long records) {
        retried.add(records);
        listener.retried(records);
    }

    void addProducerReplaced() {
        producersReplaced.increment();
    }

    void partitions(int count) {
        listener.partitions(count);
    }

    void inFlight(int records) {
        inFlight = records;
    }

    void publishing() {
        if (condition.state != State.PUBLISHING) {
            condition = new Condition(State.PUBLISHING, clock.instant(), "");
            listener.publishing();
        }
    }

    void failed(State state, String reason) {
        Condition before = condition;
        condition = new Condition(state, before.state == state ? before.since : clock.instant(), reason);
        lastError = Optional.of(reason);
        failures.increment();
        listener.failed(state, reason);
    }

    void closed() {
        condition = new Condition(State.CLOSED, clock.instant(), condition.reason);
    }
}
