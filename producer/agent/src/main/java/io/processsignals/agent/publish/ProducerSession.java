// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * One producer from its start to its first error that is not of one record alone.
 *
 * <p>Order per key rests on this: a record that {@code send} refuses never entered the producer, and the owner sends
 * nothing after it. A record that fails later ends the session from within the callback, on the producer's own thread,
 * before that thread can send anything else. And with one request at a time ({@link ProducerSettings}) nothing behind
 * the failed record is under way. Where a user allows more requests, the broker refuses what follows a failed batch,
 * since it expects that batch's sequence number, but for a partition that it knows no sequence of. Therefore, and to
 * find out cheaply whether a producer works at all, the first record of a session travels alone: see {@link #hasRoom}.
 */
final class ProducerSession {
    /** A record that Kafka will not take. */
    record Rejected(long position, Exception reason) {}

    private final Producer<byte[], byte[]> producer;
    private final int maxRecords;
    private final long maxBytes;
    private final Thread owner = Thread.currentThread();

    private final @Nullable Metric retries;
    private final @Nullable Metric closedConnections;

    private final Tally handedOver = new Tally();
    private final Tally settled = new Tally();

    /* Of the settled ones, what the owner has last seen: it looks again only where that leaves no room. */
    private long settledRecordsSeen;
    private long settledBytesSeen;

    /** A record has been acknowledged: belongs to the owner. */
    private boolean works;

    /** Guarded by itself. */
    private final Acknowledgements acknowledgements;

    /** What was handed over when this was last looked at, so that it need not be for each record; guarded likewise. */
    private long handedOverSeen;

    private final AtomicLong acknowledged = new AtomicLong();
    private final Queue<Rejected> rejected = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile int highestPartition = -1;
    private volatile boolean ending;
    private volatile boolean ownerWaits;
    private volatile boolean ownerWaitsForAny;

    /** Belongs to the thread that calls this; all methods but the callbacks are its own. */
    ProducerSession(Producer<byte[], byte[]> producer, LogReader reader, PublishStatus status, PublishOptions options) {
        this.producer = producer;
        this.acknowledgements = new Acknowledgements(reader, status);
        this.maxRecords = options.maxInFlightRecords();
        this.maxBytes = options.maxInFlightBytes();
        this.retries = metric("record-retry-total");
        this.closedConnections = metric("connection-close-total");
    }

    private @Nullable Metric metric(String name) {
        return producer.metrics().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name)
                        && entry.getKey().group().equals("producer-metrics"))
                .<Metric>map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /**
     * Hands the record to the producer.
     *
     * @return why the producer did not take it; nothing was sent then, and nothing behind it may be
     * @throws InterruptException if the thread was interrupted; the record was not taken
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told
    Optional<Exception> send(LogRecord record, ProducerRecord<byte[], byte[]> message) {
        Delivery delivery = new Delivery(
                record.position(), record.timestampMicros(), message.key().length + message.value().length);
        handedOver.addAlone(1, delivery.size);
        try {
            producer.send(message, delivery);
        } catch (RuntimeException e) {
            delivery.settle();
            if (e instanceof InterruptException) {
                throw e;
            }
            return Optional.of(e);
        }
        return Optional.ofNullable(delivery.refusal);
    }

    int inFlight() {
        return Math.toIntExact(handedOver.records() - settled.records());
    }

    /** How many records were acknowledged in this session. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** The highest partition that a record was acknowledged in; -1 before that. */
    int highestPartition() {
        return highestPartition;
    }

    /** How often the producer has sent a record again. */
    long retries() {
        return value(retries);
    }

    /** How many of its connections have ended. */
    long closedConnections() {
        return value(closedConnections);
    }

    private static long value(@Nullable Metric metric) {
        return metric == null ? 0 : ((Number) Objects.requireNonNull(metric.metricValue())).longValue();
    }

    /** Whether a record may be sent: within the bounds, and alone until one has been acknowledged. */
    boolean hasRoom() {
        if (works && isWithinBounds()) {
            return true;
        }
        settledRecordsSeen = settled.records();
        settledBytesSeen = settled.bytes();
        works = acknowledged.get() > 0;
        return works ? isWithinBounds() : inFlight() == 0;
    }

    private boolean isWithinBounds() {
        return handedOver.records() - settledRecordsSeen < maxRecords
                && handedOver.bytes() - settledBytesSeen < maxBytes;
    }

    /** How many records may be sent as far as their number goes. */
    int room() {
        return acknowledged.get() == 0 ? 1 - inFlight() : maxRecords - inFlight();
    }

    /** Waits until a good part of what is in flight has arrived, something went wrong, or the time is over. */
    void awaitRoom(Duration atMost) {
        ownerWaits = true;
        try {
            if (!worthWaking()) {
                LockSupport.parkNanos(this, atMost.toNanos());
            }
        } finally {
            ownerWaits = false;
        }
    }

    /** Waits until more records are acknowledged than that, something went wrong, or the time is over. */
    void awaitAcknowledgement(long than, long nanos) {
        ownerWaitsForAny = true;
        try {
            if (acknowledged.get() == than && failure.get() == null) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            ownerWaitsForAny = false;
        }
    }

    private boolean worthWaking() {
        return failure.get() != null
                || inFlight() == 0
                || (acknowledged.get() > 0
                        && inFlight() <= maxRecords / 2
                        && handedOver.bytes() - settled.bytes() <= maxBytes / 2);
    }

    /** What ended the session. */
    Optional<Exception> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** A record that Kafka refused for good and that nobody has dealt with; null if there is none. */
    @Nullable
    Rejected pollRejected() {
        return rejected.poll();
    }

    /** Gives what is in flight so much time, then drops it; no callback runs after this. */
    void close(Duration atMost) {
        ending = true;
        producer.close(atMost);
        tellAcknowledged();
    }

    /**
     * Tells the log and the counters of acknowledgements that the producer's thread still gathers. To be called now and
     * then: it tells them by itself only when they are many or nothing else is in flight.
     */
    void tellAcknowledged() {
        synchronized (acknowledgements) {
            int records = acknowledgements.count();
            if (records > 0) {
                long bytes = acknowledgements.bytes();
                acknowledgements.tell();
                acknowledged.addAndGet(records);
                settled.add(records, bytes);
            }
        }
    }

    /** Whether nothing is in flight but the acknowledgements that are gathered, whose lock the caller holds. */
    private boolean allAreGathered() {
        long done = settled.records() + acknowledgements.count();
        if (done < handedOverSeen) {
            return false;
        }
        handedOverSeen = handedOver.records();
        return done == handedOverSeen;
    }

    private void fail(Exception e) {
        if (failure.compareAndSet(null, e) && !ending) {
            // On the producer's thread: it will send nothing more.
            producer.close(Duration.ZERO);
        }
    }

    /**
     * Counts upwards. In a cache line of its own: the owner writes to one and the producer's thread to the other, and
     * with a shared line they would take it from each other with every record.
     */
    private static final class Tally {
        private static final int LINE_LONGS = 16; // two lines, which are fetched together
        private final AtomicLongArray values = new AtomicLongArray(3 * LINE_LONGS);

        /** From any thread. */
        void add(long records, long bytes) {
            values.addAndGet(LINE_LONGS, records);
            values.addAndGet(LINE_LONGS + 1, bytes);
        }

        /** From always the same thread. */
        void addAlone(long records, long bytes) {
            values.setRelease(LINE_LONGS, values.getPlain(LINE_LONGS) + records);
            values.setRelease(LINE_LONGS + 1, values.getPlain(LINE_LONGS + 1) + bytes);
        }

        long records() {
            return values.get(LINE_LONGS);
        }

        long bytes() {
            return values.get(LINE_LONGS + 1);
        }
    }

    /** Many live at a time, for as long as a request takes: they hold nothing of the record itself. */
    private final class Delivery implements Callback {
        private final long position;
        private final long timestampMicros;
        private final int size;
        private boolean isSettled;
        private @Nullable Exception refusal;

        private Delivery(long position, long timestampMicros, int size) {
            this.position = position;
            this.timestampMicros = timestampMicros;
            this.size = size;
        }

        @Override
        public void onCompletion(RecordMetadata metadata, @Nullable Exception e) {
            if (e == null) {
                acknowledge(metadata);
            } else if (Thread.currentThread() == owner) {
                refusal = e; // from within send()
                settle();
            } else {
                if (SendFailure.of(e) == SendFailure.TOO_LARGE) {
                    rejected.add(new Rejected(position, e));
                } else {
                    fail(e);
                }
                settle();
                tellAcknowledged();
            }
            if (ownerWaitsForAny || (ownerWaits && worthWaking())) {
                LockSupport.unpark(owner);
            }
        }

        private void acknowledge(RecordMetadata metadata) {
            if (metadata.partition() > highestPartition) {
                highestPartition = metadata.partition();
            }
            synchronized (acknowledgements) {
                acknowledgements.add(position, timestampMicros, size);
                if (acknowledgements.isFull() || ownerWaitsForAny || allAreGathered()) {
                    tellAcknowledged();
                }
            }
        }

        /** Once, on whichever thread ended it. */
        private void settle() {
            if (!isSettled) {
                isSettled = true;
                settled.add(1, size);
            }
        }
    }
}
