// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.agent.publish.PublishStatus.State;
import io.processsignals.agent.registry.RegistryOutcome;
import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.LossStage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the event log and writes it to Kafka, from the first unacknowledged record on, on a thread of its own.
 *
 * <p>Nothing is sent before the registry has given the schema an id and the topic is there. Whatever fails is tried
 * again for ever, in growing pauses, and only changes how far the loop is behind the log; only a record that Kafka will
 * never take is put aside. Records of one key reach the topic in the log's order; after a failure some may reach it
 * twice, with the same identity.
 */
public final class PublishLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PublishLoop.class);

    private static final int BATCH_RECORDS = 500;

    /** With records in flight: as late as this the loop learns that one of them failed. */
    private static final Duration IN_FLIGHT_WAIT = Duration.ofMillis(200);

    private static final Duration IDLE_WAIT = Duration.ofSeconds(1);

    /** Longer than the producer's longest pause before it sends a batch again. */
    private static final long RETRY_LOOK_NANOS = Duration.ofSeconds(2).toNanos();

    /** A producer that is silent for so many times the stall limit, though the topic is there, is given up. */
    private static final int STALLS_BEFORE_RESTART = 4;

    /** Doubled until the broker takes the record. */
    private static final Duration FIRST_SETBACK = Duration.ofHours(1);

    private static final Duration SETBACK_FOR = Duration.ofMinutes(10);

    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    private static final long CLOSING_PAUSE_NANOS = Duration.ofMillis(100).toNanos();

    /** What the loop works with. */
    public record Parts(
            LogReader reader,
            ValueEncoder encoder,
            TopicProvisioner topic,
            OversizeSink oversize,
            LossListener losses,
            PublishStatus status) {}

    private final LogReader reader;
    private final ValueEncoder encoder;
    private final TopicProvisioner topic;
    private final OversizeSink oversize;
    private final LossListener losses;
    private final PublishStatus status;
    private final PublishOptions options;
    private final Map<String, Object> producerSettings;
    private final Function<Map<String, Object>, Producer<byte[], byte[]>> producers;
    private final InstantSource clock;
    private final Backoff backoff;
    private final Thread thread = new Thread(this::run, "publish");

    private volatile boolean closing;
    private volatile long closeDeadlineNanos;

    /* All below belongs to the publish thread. */
    private final List<LogRecord> batch = new ArrayList<>();
    private int next;
    private boolean drained;
    private @Nullable Schema preparedSchema;
    private boolean topicKnown;
    private int partitions;
    private @Nullable ProducerSession session;
    private long progressAcknowledged;
    private long progressNanos;
    private long nextStallCheckNanos;
    private boolean retrying;
    private long retriesSeen;
    private long closedConnectionsSeen;
    private long nextRetryLookNanos;
    private long setbackMillis;
    private long setbackEndNanos;

    /** @param kafka {@code kafka.*} without the prefix; see {@link ProducerSettings} */
    public PublishLoop(Parts parts, Map<String, ?> kafka, PublishOptions options) {
        this(parts, kafka, options, PublishLoop::newProducer, InstantSource.system());
    }

    PublishLoop(
            Parts parts,
            Map<String, ?> kafka,
            PublishOptions options,
            Function<Map<String, Object>, Producer<byte[], byte[]>> producers,
            InstantSource clock) {
        this.reader = parts.reader;
        this.encoder = parts.encoder;
        this.topic = parts.topic;
        this.oversize = parts.oversize;
        this.losses = parts.losses;
        this.status = parts.status;
        this.options = options;
        this.producerSettings = ProducerSettings.producer(kafka);
        this.producers = producers;
        this.clock = clock;
        this.backoff = new Backoff(options.retryMin(), options.retryMax());
        thread.setDaemon(true);
    }

    private static Producer<byte[], byte[]> newProducer(Map<String, Object> settings) {
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Starts the thread; returns at once, whether anybody answers or not. */
    public void start() {
        thread.start();
    }

    public PublishStatus status() {
        return status;
    }

    /** {@link #close(Duration)} without waiting for Kafka to take anything more. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /**
     * Publishes what is in the log, for at most so long, and ends the thread. Nothing may be appended meanwhile. What
     * Kafka has not acknowledged then stays in the log.
     */
    public void close(Duration atMost) {
        closeDeadlineNanos = System.nanoTime() + atMost.toNanos();
        closing = true;
        reader.wake();
        LockSupport.unpark(thread);
        try {
            thread.join(atMost.plus(LAST_WORDS).toMillis());
            if (thread.isAlive()) {
                thread.interrupt(); // it waits for a registry or a broker
                thread.join(LAST_WORDS.toMillis());
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!isFinished()) {
                cycle();
            }
        } catch (InterruptedException | InterruptException e) {
            LOG.debug("interrupted", e); // close() has waited long enough
        } finally {
            endSession();
            encoder.close();
            status.closed();
        }
    }

    /** One duty cycle, in which no failure ends the loop. */
    private void cycle() throws InterruptedException {
        try {
            doWork();
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("publish loop", e);
            restart(State.FAILING, "unexpected error in the publish loop: " + OneLine.of(e));
        }
    }

    private void doWork() throws InterruptedException {
        if (!isPrepared()) {
            return;
        }
        ProducerSession current = session();
        if (current == null) {
            return;
        }
        current.tellAcknowledged();
        if (!settleRejected(current)) {
            restart(State.FAILING, "an event that Kafka does not take cannot be read again to be put aside");
            return;
        }
        Optional<Exception> failure = current.failure();
        if (failure.isPresent()) {
            restart(failure.get());
            return;
        }
        lookForRetries(current);
        noteProgress(current);
        lookForPartitions(current);
        if (!current.hasRoom()) {
            current.awaitRoom(IN_FLIGHT_WAIT);
            checkStall(current);
        } else if (sendPending(current) == 0) {
            checkStall(current);
        }
        status.inFlight(current.inFlight());
    }

    private boolean isFinished() {
        if (!closing) {
            return false;
        }
        ProducerSession current = session;
        boolean nothingLeft = drained && (current == null || current.inFlight() == 0);
        return nothingLeft || System.nanoTime() - closeDeadlineNanos >= 0;
    }

    /** Schema and topic; false after a pause if one of them is not there. */
    private boolean isPrepared() throws InterruptedException {
        if (preparedSchema == null && !prepare(EventSchema.schema())) {
            return false;
        }
        if (!topicKnown) {
            ProducerSession current = session;
            long acknowledged = current == null ? 0 : current.acknowledged();
            TopicOutcome outcome = topic.ensure();
            if (outcome.isUsable()) {
                LOG.info("{}", outcome.message());
                notePartitions(outcome.partitions());
            } else if (current == null || current.acknowledged() == acknowledged) {
                status.failed(state(outcome.kind()), outcome.message());
                topicKnown = pause(current);
                return topicKnown;
            }
            topicKnown = true; // also if an acknowledgement came while this thread was asking
            if (next == batch.size() && (current == null || current.inFlight() == 0)) {
                status.publishing(); // else the next acknowledgement says so
            }
        }
        return true;
    }

    private void notePartitions(int now) {
        if (now == 0) {
            return;
        }
        if (partitions != 0 && now != partitions) {
            LOG.warn(
                    "topic '{}' had {} partitions and has {}: events of one process from before and after lie in two of"
                            + " them, and only bootTime tells their order",
                    options.topic(),
                    partitions,
                    now);
        }
        partitions = now;
        status.partitions(now);
    }

    private boolean prepare(Schema schema) throws InterruptedException {
        RegistryOutcome outcome = encoder.prepare(schema);
        if (!outcome.isRegistered()) {
            pauseAfter(State.WAITING_FOR_REGISTRY, outcome.message());
            return false;
        }
        LOG.info("{}", outcome.message());
        preparedSchema = schema;
        return true;
    }

    private @Nullable ProducerSession session() throws InterruptedException {
        ProducerSession current = session;
        if (current != null) {
            return current;
        }
        try {
            current = new ProducerSession(producers.apply(producerSettings), reader, status, options);
        } catch (RuntimeException e) {
            pauseAfter(
                    State.FAILING, "cannot make a Kafka producer: " + OneLine.of(e) + "; check the kafka.* settings");
            return null;
        }
        session = current;
        retrying = false;
        retriesSeen = 0;
        closedConnectionsSeen = 0;
        nextRetryLookNanos = System.nanoTime();
        progressAcknowledged = 0;
        progressNanos = System.nanoTime();
        return current;
    }

    private int sendPending(ProducerSession current) throws InterruptedException {
        if (next == batch.size()) {
            next = 0;
            int most = Math.min(BATCH_RECORDS, current.room());
            Duration wait = closing ? Duration.ZERO : current.inFlight() > 0 ? IN_FLIGHT_WAIT : IDLE_WAIT;
            long before = System.nanoTime();
            reader.recycle(batch);
            drained = reader.read(batch, most, wait) == 0 && closing;
            if (batch.isEmpty()) {
                if (current.inFlight() > 0 && closing) {
                    current.awaitRoom(IN_FLIGHT_WAIT);
                } else if (System.nanoTime() - before < wait.toNanos() / 2) {
                    LockSupport.parkNanos(this, wait.toNanos()); // a closed log returns at once
                }
            }
        }
        int sent = 0;
        long latest = clock.millis() + options.maxAhead().toMillis() - setback();
        while (next < batch.size() && current.hasRoom() && current.failure().isEmpty()) {
            LogRecord record = batch.get(next);
            if (!record.schema().equals(preparedSchema) && !prepare(record.schema())) {
                return sent;
            }
            byte[] value;
            try {
                value = encoder.encode(record);
            } catch (EventDecodeException e) {
                dropUndecodable(record, e);
                next++;
                continue;
            } catch (ValueEncodingException e) {
                pauseAfter(State.FAILING, OneLine.of(e));
                return sent;
            }
            Optional<Exception> refusal = current.send(record, message(record, value, latest));
            if (refusal.isPresent()) {
                if (SendFailure.of(refusal.get()) != SendFailure.TOO_LARGE) {
                    refused(current, refusal.get());
                    return sent;
                }
                putAside(record, refusal.get());
            }
            next++;
            sent++;
        }
        return sent;
    }

    /** @param latest milliseconds since the epoch beyond which a broker may refuse a record */
    private ProducerRecord<byte[], byte[]> message(LogRecord record, byte[] value, long latest) {
        long timestamp = Math.max(0, Math.floorDiv(record.timestampMicros(), 1_000L));
        if (timestamp > latest) {
            timestamp = latest;
            status.addTimestampClamped();
        }
        return new ProducerRecord<>(options.topic(), null, timestamp, record.key(), value);
    }

    /** By how much the broker's clock seems to be behind this one, milliseconds. */
    private long setback() {
        if (setbackMillis > 0 && System.nanoTime() - setbackEndNanos >= 0) {
            setbackMillis = 0; // somebody may have set the clock
        }
        return setbackMillis;
    }

    /** The producer did not take the record, and nothing behind it was sent: it stays the next one. */
    private void refused(ProducerSession current, Exception e) throws InterruptedException {
        if (current.failure().isPresent()) {
            return; // refused because the session has ended; the next cycle sees why
        }
        if (SendFailure.of(e) == SendFailure.UNREACHABLE) {
            // No metadata, or the producer is full: look whether it is the broker or the topic that is away.
            topicKnown = false;
            status.failed(State.RETRYING, "Kafka does not take records: " + OneLine.of(e) + reachAdvice());
            pause(current);
        } else {
            restart(e);
        }
    }

    private void restart(Exception e) throws InterruptedException {
        switch (SendFailure.of(e)) {
            case UNAUTHORISED ->
                restart(
                        State.UNAUTHORISED,
                        "Kafka does not let this agent write to topic '" + options.topic() + "': " + OneLine.of(e)
                                + "; check the kafka.sasl.* and kafka.ssl.* settings and the topic's ACLs (Describe and"
                                + " Write)");
            case UNREACHABLE -> restart(State.RETRYING, "Kafka does not answer: " + OneLine.of(e) + reachAdvice());
            case TOO_FAR_AHEAD -> {
                setbackMillis = setbackMillis == 0 ? FIRST_SETBACK.toMillis() : setbackMillis * 2;
                setbackEndNanos = System.nanoTime() + SETBACK_FOR.toNanos();
                restart(
                        State.FAILING,
                        "the broker takes this node's clock for too far ahead: " + OneLine.of(e)
                                + "; check the clocks. Record timestamps are set back by "
                                + Duration.ofMillis(setbackMillis).toHours() + " h meanwhile, the events are not");
            }
            case PRODUCER_LOST ->
                restart(State.RETRYING, "the broker no longer knows the producer's sequence: " + OneLine.of(e));
            default ->
                restart(State.FAILING, "Kafka refuses records of topic '" + options.topic() + "': " + OneLine.of(e));
        }
    }

    /** Gives the producer up and goes back to the first unacknowledged record, which a new one sends after a pause. */
    private void restart(State state, String reason) throws InterruptedException {
        endSession();
        status.addProducerReplaced();
        pauseAfter(state, reason);
    }

    private void endSession() {
        boolean interrupted = Thread.interrupted(); // or the producer would not wait for its own thread
        ProducerSession current = session;
        if (current != null) {
            session = null;
            current.close(Duration.ZERO);
            settleRejected(current); // what cannot be read again is read anew, and its damage told
        }
        status.inFlight(0);
        batch.clear();
        next = 0;
        drained = false;
        reader.rewind();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void noteProgress(ProducerSession current) {
        long acknowledged = current.acknowledged();
        if (acknowledged != progressAcknowledged) {
            backoff.reset();
            if (!retrying) {
                status.publishing();
            }
        }
        if (acknowledged != progressAcknowledged || current.inFlight() == 0) {
            progressAcknowledged = acknowledged;
            progressNanos = System.nanoTime();
        }
    }

    /** A lost connection or a leader that moves: the producer sends again, and nobody but its metrics would tell. */
    private void lookForRetries(ProducerSession current) {
        long now = System.nanoTime();
        if (now - nextRetryLookNanos < 0) {
            return;
        }
        nextRetryLookNanos = now + RETRY_LOOK_NANOS;
        long retries = current.retries();
        long closed = current.closedConnections();
        if (retries != retriesSeen) {
            status.addRetried(retries - retriesSeen);
            if (retrying || status.condition().isHealthy()) { // else something worse was told
                status.failed(
                        State.RETRYING,
                        closed == closedConnectionsSeen
                                ? "Kafka asks for records again, as it does while a partition's leader moves"
                                : "connections to Kafka broke with records under way, which are sent again; check the brokers"
                                        + " and the network");
                retrying = true;
            }
        } else if (retrying) {
            retrying = false;
            if (current.inFlight() == 0 || current.acknowledged() > 0) {
                status.publishing();
            }
        }
        retriesSeen = retries;
        closedConnectionsSeen = closed;
    }

    /** Only a record in a partition that was not there before shows that there are more. */
    private void lookForPartitions(ProducerSession current) throws InterruptedException {
        if (current.highestPartition() >= partitions) {
            // A broker that has not heard of it yet may answer
            notePartitions(Math.max(topic.ensure().partitions(), current.highestPartition() + 1));
        }
    }

    /**
     * Kafka keeps silent about what is in flight. The producer goes on trying, and this finds out what is wrong. If
     * nothing is, it is the producer: a broker can refuse a batch in a way that its client takes for passing.
     */
    private void checkStall(ProducerSession current) throws InterruptedException {
        long now = System.nanoTime();
        long silence = now - progressNanos;
        if (current.inFlight() == 0 || silence < options.stallAfter().toNanos() || now - nextStallCheckNanos < 0) {
            return;
        }
        TopicOutcome outcome = topic.ensure();
        if (!outcome.isUsable()) {
            status.failed(state(outcome.kind()), outcome.message());
        } else {
            Instant since = clock.instant().minusNanos(silence).truncatedTo(ChronoUnit.SECONDS);
            String reason = "Kafka answers, but has acknowledged nothing since " + since;
            if (silence
                    >= options.stallAfter().multipliedBy(STALLS_BEFORE_RESTART).toNanos()) {
                restart(State.RETRYING, reason + "; beginning again with a new producer");
                return;
            }
            status.failed(State.RETRYING, reason);
        }
        nextStallCheckNanos = System.nanoTime() + backoff.next();
    }

    /** False if one of them could not be read; it is still unacknowledged then. */
    private boolean settleRejected(ProducerSession current) {
        boolean settled = true;
        for (ProducerSession.Rejected one = current.pollRejected(); one != null; one = current.pollRejected()) {
            Optional<LogRecord> record = reader.reread(one.position());
            if (record.isPresent()) {
                putAside(record.get(), one.reason());
            } else {
                settled = false;
            }
        }
        return settled;
    }

    private void putAside(LogRecord record, Exception reason) {
        String line = OneLine.of(reason);
        LOG.warn("put aside a {} event of {} bytes: {}", record.type(), record.bodyLength(), line);
        try {
            oversize.accept(record, line);
        } catch (RuntimeException e) {
            LOG.error("cannot put aside an event that Kafka does not take", e);
        }
        status.addOversize();
        reader.acknowledge(record.position());
    }

    private void dropUndecodable(LogRecord record, EventDecodeException e) {
        LOG.warn("dropped a {} event: {}", record.type(), e.getMessage());
        Losses.tellUnidentified(losses, LossStage.DECODE, record);
        status.addUndecodable();
        reader.acknowledge(record.position());
    }

    private void pauseAfter(State state, String reason) throws InterruptedException {
        status.failed(state, reason);
        pause(null);
    }

    /**
     * The next pause of the backoff.
     *
     * @param sending what it has in flight is sent all the while
     * @return whether an acknowledgement ended it: Kafka is back, and has the topic
     */
    private boolean pause(@Nullable ProducerSession sending) throws InterruptedException {
        long acknowledged = sending == null ? 0 : sending.acknowledged();
        long length = backoff.next();
        long end = System.nanoTime() + (closing ? Math.min(length, CLOSING_PAUSE_NANOS) : length);
        boolean wasClosing = closing;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            if (sending == null) {
                LockSupport.parkNanos(this, left);
            } else {
                sending.awaitAcknowledgement(acknowledged, left);
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (sending != null && sending.acknowledged() != acknowledged) {
                return true;
            }
            if (closing != wasClosing) {
                return false;
            }
        }
        return false;
    }

    private String reachAdvice() {
        return "; check kafka.bootstrap.servers=" + producerSettings.get("bootstrap.servers") + " and the network";
    }

    private static State state(TopicOutcome.Kind kind) {
        return switch (kind) {
            case UNAUTHORISED -> State.UNAUTHORISED;
            case UNREACHABLE -> State.RETRYING;
            default -> State.WAITING_FOR_TOPIC;
        };
    }
}
