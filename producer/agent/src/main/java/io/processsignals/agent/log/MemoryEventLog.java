// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.log;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An {@link EventLog} in memory, bounded in events.
 *
 * <p>A full log drops what comes next, except that a priority event takes the place of the oldest bulk event that the
 * reader has not seen. Records that were read are never taken back: they may be in Kafka already. A record holds its
 * place until everything before it is acknowledged, so the bound covers what is in flight too.
 *
 * <p>Events are staged without a lock and handed over by {@link #commit()}; the lock is taken once per batch.
 */
public final class MemoryEventLog implements EventLog {
    /** Default of {@code buffer.size}, in events. */
    public static final int DEFAULT_CAPACITY = 10_000;

    private final int capacity;
    private final LossListener losses;
    private final Reader reader = new Reader();

    /* Owned by the appending thread. Bulk and priority events are kept apart so that the oldest bulk one is at hand;
     * Entry.order restores the order of arrival. */
    private final ArrayDeque<Entry> stagedBulk = new ArrayDeque<>();
    private final ArrayDeque<Entry> stagedPriority = new ArrayDeque<>();
    private long nextOrder;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition readable = lock.newCondition();

    /* Guarded by the lock. Positions [windowStart, windowEnd) were read at least once; the slot of an acknowledged one
     * is null. */
    private final ArrayDeque<Entry> bulk = new ArrayDeque<>();
    private final ArrayDeque<Entry> priority = new ArrayDeque<>();
    private final @Nullable Entry[] window;
    private long windowStart;
    private long windowEnd;
    private long readPosition;
    private long bytes;

    /** Events handed over and still holding a place; written under the lock. */
    private volatile int held;

    private volatile boolean closed;

    /**
     * @param capacity most events held at a time, at least 1
     * @param losses told of every event dropped, on the appending thread
     */
    public MemoryEventLog(int capacity, LossListener losses) {
        if (capacity < 1) {
            throw new IllegalArgumentException("buffer.size must be at least 1 but is " + capacity);
        }
        this.capacity = capacity;
        this.losses = losses;
        this.window = new Entry[capacity];
    }

    @Override
    public boolean append(EncodedEvent event) {
        if (closed || (isFull() && !(event.priority && displaceOldestBulk()))) {
            losses.lost(
                    LossStage.QUEUE,
                    event.type,
                    event.priority,
                    event.hook,
                    event.cpu,
                    event.captureId,
                    event.sequence,
                    event.bootTimeMicros);
            return false;
        }
        (event.priority ? stagedPriority : stagedBulk).addLast(new Entry(nextOrder++, event));
        return true;
    }

    private boolean isFull() {
        return held + stagedBulk.size() + stagedPriority.size() >= capacity;
    }

    private boolean displaceOldestBulk() {
        Entry victim;
        lock.lock();
        try {
            victim = bulk.pollFirst();
            if (victim != null) {
                bytes -= victim.bytes();
                held = held();
            }
        } finally {
            lock.unlock();
        }
        if (victim == null) {
            victim = stagedBulk.pollFirst();
        }
        if (victim == null) {
            return false;
        }
        losses.lost(
                LossStage.QUEUE,
                victim.type,
                false,
                victim.hook,
                victim.cpu,
                victim.captureId,
                victim.sequence,
                victim.bootTimeMicros);
        return true;
    }

    @Override
    public void commit() {
        if (stagedBulk.isEmpty() && stagedPriority.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            handOver(stagedBulk, bulk);
            handOver(stagedPriority, priority);
            held = held();
            readable.signal();
        } finally {
            lock.unlock();
        }
    }

    private void handOver(ArrayDeque<Entry> staged, ArrayDeque<Entry> shared) {
        for (Entry entry = staged.pollFirst(); entry != null; entry = staged.pollFirst()) {
            bytes += entry.bytes();
            shared.addLast(entry);
        }
    }

    private int held() {
        return bulk.size() + priority.size() + (int) (windowEnd - windowStart);
    }

    @Override
    public LogReader reader() {
        return reader;
    }

    @Override
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Bound by events, not bytes. */
    @Override
    public long limitBytes() {
        return 0;
    }

    @Override
    public long oldestTimestampMicros() {
        lock.lock();
        try {
            // The slot at windowStart is never an acknowledged one: the window closes up as far as it can.
            Entry oldest = windowStart < windowEnd ? window[slot(windowStart)] : peekUnread();
            return oldest == null ? 0 : oldest.timestampMicros;
        } finally {
            lock.unlock();
        }
    }

    /** Events held, of which those in flight are a part. */
    public int size() {
        return held;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            readable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private int slot(long position) {
        return (int) (position % capacity);
    }

    private @Nullable Entry peekUnread() {
        Entry firstBulk = bulk.peekFirst();
        Entry firstPriority = priority.peekFirst();
        if (firstBulk == null || firstPriority == null) {
            return firstBulk == null ? firstPriority : firstBulk;
        }
        return firstBulk.order < firstPriority.order ? firstBulk : firstPriority;
    }

    /** Moves the reading position past the next record that is not acknowledged; null at the end of the log. */
    private @Nullable LogRecord next() {
        while (readPosition < windowEnd) {
            long position = readPosition++;
            Entry entry = window[slot(position)];
            if (entry != null) {
                return entry.toRecord(position);
            }
        }
        Entry entry = peekUnread();
        if (entry == null) {
            return null;
        }
        (entry.priority ? priority : bulk).removeFirst();
        long position = windowEnd++;
        readPosition = windowEnd;
        window[slot(position)] = entry;
        return entry.toRecord(position);
    }

    private final class Reader implements LogReader {
        private boolean woken;

        @Override
        public void wake() {
            lock.lock();
            try {
                woken = true;
                readable.signal();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int read(List<LogRecord> records, int maxRecords, Duration maxWait) throws InterruptedException {
            records.clear();
            long nanos = maxWait.toNanos();
            lock.lockInterruptibly();
            try {
                while (!closed) {
                    while (records.size() < maxRecords) {
                        LogRecord record = next();
                        if (record == null) {
                            break;
                        }
                        records.add(record);
                    }
                    if (!records.isEmpty() || maxRecords <= 0 || nanos <= 0) {
                        break;
                    }
                    if (woken) {
                        woken = false;
                        break;
                    }
                    nanos = readable.awaitNanos(nanos);
                }
            } finally {
                lock.unlock();
            }
            return records.size();
        }

        @Override
        public Optional<LogRecord> reread(long position) {
            lock.lock();
            try {
                Entry entry = position < windowStart || position >= windowEnd ? null : window[slot(position)];
                return Optional.ofNullable(entry).map(one -> one.toRecord(position));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void rewind() {
            lock.lock();
            try {
                readPosition = windowStart;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void acknowledge(long[] positions, int count) {
            lock.lock();
            try {
                for (int i = 0; i < count; i++) {
                    free(positions[i]);
                }
                while (windowStart < windowEnd && window[slot(windowStart)] == null) {
                    windowStart++;
                }
                readPosition = Math.max(readPosition, windowStart);
                held = held();
            } finally {
                lock.unlock();
            }
        }

        private void free(long position) {
            if (position >= windowEnd) {
                throw new IllegalArgumentException("position " + position + " was never read");
            }
            Entry entry = position < windowStart ? null : window[slot(position)];
            if (entry != null) {
                window[slot(position)] = null;
                bytes -= entry.bytes();
            }
        }
    }

    private static final class Entry {
        final long order;
        final byte[] key;
        final byte[] framedBody;
        final long timestampMicros;
        final EventType type;
        final boolean priority;
        final Hook hook;
        final int cpu;
        final long captureId;
        final long sequence;
        final long bootTimeMicros;

        Entry(long order, EncodedEvent event) {
            this.order = order;
            this.key = Arrays.copyOf(event.key, event.keyLength);
            this.framedBody = new byte[LogRecord.BODY_OFFSET + event.valueLength];
            System.arraycopy(event.value, 0, framedBody, LogRecord.BODY_OFFSET, event.valueLength);
            this.timestampMicros = event.timestampMicros;
            this.type = event.type;
            this.priority = event.priority;
            this.hook = event.hook;
            this.cpu = event.cpu;
            this.captureId = event.captureId;
            this.sequence = event.sequence;
            this.bootTimeMicros = event.bootTimeMicros;
        }

        int bytes() {
            return key.length + framedBody.length - LogRecord.BODY_OFFSET;
        }

        LogRecord toRecord(long position) {
            return new LogRecord(position, type, timestampMicros, key, framedBody);
        }
    }
}
