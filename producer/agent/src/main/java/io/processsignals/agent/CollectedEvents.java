// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.ProcessSignalEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Events of a {@link Collector}, waited for.
 *
 * <p>{@link Iterator#hasNext} waits for the next event. It gives false once this or the collector is closed, or the
 * waiting thread is interrupted, whose interrupt status stays set; a later call goes on where it was, unless closed. An
 * event leaves the buffer when it is handed over. Iterated by one thread at a time; closed by any.
 */
public final class CollectedEvents implements Iterable<ProcessSignalEvent>, AutoCloseable {
    private static final int BATCH_RECORDS = 256;
    private static final Duration WAIT = Duration.ofMillis(100);

    private final LogReader reader;
    private final EventDecoder decoder = new EventDecoder();
    private final List<LogRecord> batch = new ArrayList<>();
    private int next;

    private volatile boolean closed;
    private volatile boolean ended;

    CollectedEvents(EventLog log) {
        this.reader = log.reader();
    }

    @Override
    public Iterator<ProcessSignalEvent> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return fill();
            }

            @Override
            public ProcessSignalEvent next() {
                ProcessSignalEvent event = fill() ? take() : null;
                if (event == null) {
                    throw new NoSuchElementException();
                }
                return event;
            }
        };
    }

    /**
     * Waits for one event.
     *
     * @param atMost zero does not wait
     * @return null if none came in time, or none will come
     */
    public @Nullable ProcessSignalEvent poll(Duration atMost) throws InterruptedException {
        if (next == batch.size()) {
            read(atMost);
        }
        return next < batch.size() ? take() : null;
    }

    /** Ends the iteration; a thread that waits in it goes on within a moment. */
    @Override
    public void close() {
        closed = true;
    }

    /** What was captured before is still handed over. */
    void captureEnded() {
        ended = true;
    }

    private boolean fill() {
        try {
            while (next == batch.size()) {
                if (closed) {
                    return false;
                }
                boolean last = ended;
                read(last ? Duration.ZERO : WAIT);
                if (last && batch.isEmpty()) {
                    return false;
                }
            }
            return !closed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void read(Duration atMost) throws InterruptedException {
        next = 0;
        reader.read(batch, BATCH_RECORDS, atMost);
    }

    private ProcessSignalEvent take() {
        LogRecord record = batch.get(next++);
        reader.acknowledge(record.position());
        try {
            return decoder.decode(record.framedBody(), LogRecord.BODY_OFFSET, record.bodyLength());
        } catch (EventDecodeException e) {
            throw new IllegalStateException(
                    "the JVM must run with -Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events", e);
        }
    }
}
