// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which segments there are, how far they are written, read and acknowledged: what the appending thread, the reader, the
 * acknowledging threads and the upkeep thread share. One lock, never held during input or output.
 */
final class Ledger {
    /** A segment to rewrite, and the one before if they may be merged. */
    record Rewrite(Segment segment, @Nullable Segment previous) {}

    /**
     * What was cut off a segment.
     *
     * @param records {@link Segment#UNKNOWN} if an earlier start wrote them
     */
    record Cut(long bytes, int records) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition upkeepWanted = lock.newCondition();
    private final long reclaimBytes;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Segment> garbage = new ArrayList<>();

    private long nextNumber;
    private long version;
    private boolean readerWoken;
    private boolean directoryChanged;
    private boolean roomWanted;

    /** Written under the lock, read without it on the capture path. */
    private volatile long diskBytes;

    private volatile boolean closed;

    /** Number of the segment that must not be appended to any more, since the reader found it damaged. */
    private volatile long damagedNumber;

    /**
     * @param reclaimBytes beyond this many bytes on disk, upkeep is wanted at once
     * @param recovered sealed segments in order
     * @param otherBytes in files that are none of ours to read but take room
     * @param nextNumber for the next segment
     */
    Ledger(long reclaimBytes, List<Segment> recovered, long otherBytes, long nextNumber) {
        this.reclaimBytes = reclaimBytes;
        segments.addAll(recovered);
        diskBytes = otherBytes + recovered.stream().mapToLong(s -> s.bytes).sum();
        this.nextNumber = nextNumber;
    }

    // The appending side

    /** Number of the next segment; not taken before {@link #begun}, or a checkpoint could lie behind its records. */
    long nextNumber() {
        lock.lock();
        try {
            return nextNumber;
        } finally {
            lock.unlock();
        }
    }

    /** The file of that number could not be created. */
    void skipNumber() {
        lock.lock();
        try {
            nextNumber++;
        } finally {
            lock.unlock();
        }
    }

    void begun(Segment segment) {
        lock.lock();
        try {
            segments.add(segment);
            nextNumber = segment.number + 1;
            directoryChanged = true;
            addDiskBytes(segment.bytes);
        } finally {
            lock.unlock();
        }
    }

    /** @param fileBytes size of the file now */
    void appended(Segment segment, int bytes, long fileBytes, int records, long nanos) {
        lock.lock();
        try {
            segment.committed += bytes;
            segment.records += records;
            segment.newestNanos = nanos;
            resize(segment, fileBytes);
            signal();
            if (diskBytes > reclaimBytes) {
                roomWanted = true;
                upkeepWanted.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The segment's file ends with its last record now. */
    void truncated(Segment segment) {
        lock.lock();
        try {
            resize(segment, segment.committed);
        } finally {
            lock.unlock();
        }
    }

    void sealed(Segment segment) {
        lock.lock();
        try {
            segment.sealed = true;
            freeIfDone(segment);
            signal();
        } finally {
            lock.unlock();
        }
    }

    boolean isDamaged(Segment segment) {
        return damagedNumber == segment.number;
    }

    long diskBytes() {
        return diskBytes;
    }

    // The reading side

    /** Changes with everything that a reader may wait for. */
    long version() {
        lock.lock();
        try {
            return version;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the version is another one; returns the nanoseconds left, 0 after {@link #wakeReader}. */
    long awaitChange(long seen, long nanos) throws InterruptedException {
        long left = nanos;
        lock.lockInterruptibly();
        try {
            while (version == seen && left > 0 && !readerWoken) {
                left = changed.awaitNanos(left);
            }
            if (readerWoken) {
                readerWoken = false;
                return 0;
            }
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the wait for a change, or the next one. */
    void wakeReader() {
        lock.lock();
        try {
            readerWoken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The first segment after that number; null if there is none, or it is just being rewritten. */
    @Nullable
    Segment beginNext(long after) {
        lock.lock();
        try {
            for (Segment segment : segments) {
                if (segment.number > after) {
                    if (segment.taken) {
                        return null;
                    }
                    segment.begun = true;
                    return segment;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    long committed(Segment segment) {
        lock.lock();
        try {
            return segment.committed;
        } finally {
            lock.unlock();
        }
    }

    boolean isSealed(Segment segment) {
        lock.lock();
        try {
            return segment.sealed;
        } finally {
            lock.unlock();
        }
    }

    /** One past the highest index that is acknowledged. What was not read yet cannot be. */
    int acknowledgedEnd(Segment segment) {
        lock.lock();
        try {
            return segment.acknowledged.length();
        } finally {
            lock.unlock();
        }
    }

    /** The segment of that number; null if it is done with. */
    @Nullable
    Segment segment(long number) {
        lock.lock();
        try {
            return find(number);
        } finally {
            lock.unlock();
        }
    }

    boolean isAcknowledged(Segment segment, int index) {
        lock.lock();
        try {
            return segment.acknowledged.get(index);
        } finally {
            lock.unlock();
        }
    }

    /** The reader has come to that index and offset. */
    void read(Segment segment, int index, long offset) {
        lock.lock();
        try {
            segment.readEnd = Math.max(segment.readEnd, index);
            if (segment.sealed && segment.records == Segment.UNKNOWN && offset >= segment.committed) {
                segment.records = index;
                freeIfDone(segment);
            }
        } finally {
            lock.unlock();
        }
    }

    /** No more records are appended to a segment in which the reader found bad bytes. */
    void markDamaged(Segment segment) {
        damagedNumber = segment.number;
    }

    /** Gives up a sealed segment's bytes from the offset on. */
    Cut cut(Segment segment, int records, long offset) {
        lock.lock();
        try {
            Cut lost = new Cut(
                    segment.committed - offset,
                    segment.records == Segment.UNKNOWN ? Segment.UNKNOWN : segment.records - records);
            segment.records = records;
            segment.committed = offset;
            freeIfDone(segment);
            return lost;
        } finally {
            lock.unlock();
        }
    }

    void acknowledge(long[] positions, int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                acknowledge(positions[i]);
            }
        } finally {
            lock.unlock();
        }
    }

    private void acknowledge(long position) {
        Segment segment = find(Position.segment(position));
        if (segment == null) {
            if (position < 0 || Position.segment(position) >= nextNumber) {
                throw new IllegalArgumentException("position " + position + " was never read");
            }
            return;
        }
        int index = Position.index(position);
        if (index < 0 || index >= segment.readEnd) {
            throw new IllegalArgumentException("position " + position + " was never read");
        }
        if (!segment.acknowledged.get(index)) {
            segment.acknowledged.set(index);
            segment.acknowledgedCount++;
            freeIfDone(segment);
        }
    }

    /** Of the first record that is not acknowledged, or of the next to be appended. */
    long firstUnacknowledged() {
        lock.lock();
        try {
            for (Segment segment : segments) {
                int index = segment.firstUnacknowledged();
                if (!segment.sealed || segment.records == Segment.UNKNOWN || index < segment.records) {
                    return Position.of(segment.number, index);
                }
            }
            return Position.of(nextNumber, 0);
        } finally {
            lock.unlock();
        }
    }

    /** The segment of the first record that is not acknowledged; null if there is no such record. */
    @Nullable
    Segment firstPending() {
        lock.lock();
        try {
            for (Segment segment : segments) {
                if (segment.pendingBytes() > 0) {
                    return segment;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    int firstUnacknowledged(Segment segment) {
        lock.lock();
        try {
            return segment.firstUnacknowledged();
        } finally {
            lock.unlock();
        }
    }

    long pendingBytes() {
        lock.lock();
        try {
            long bytes = 0;
            for (Segment segment : segments) {
                bytes += segment.pendingBytes();
            }
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    // Upkeep

    /** Waits until room is wanted or files are to be deleted, the ledger is closed, or the time is over. */
    void awaitUpkeep(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (!closed && !roomWanted && left > 0) {
                left = upkeepWanted.awaitNanos(left);
            }
            roomWanted = false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the oldest segment that may lose its bulk; null if there is none, or the condition does not hold for it.
     */
    @Nullable
    Rewrite takeForRewrite(Predicate<Segment> condition) {
        lock.lock();
        try {
            Segment previous = null;
            for (Segment segment : segments) {
                if (isFree(segment) && !segment.rewritten) {
                    if (!condition.test(segment)) {
                        return null;
                    }
                    boolean mergeable = previous != null
                            && isFree(previous)
                            && previous.rewritten
                            && previous.header.schema() == segment.header.schema();
                    segment.taken = true;
                    if (!mergeable || previous == null) {
                        return new Rewrite(segment, null);
                    }
                    previous.taken = true;
                    return new Rewrite(segment, previous);
                }
                previous = segment;
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the oldest segment that the reader has not begun out of the ledger; null if there is none, or the condition
     * does not hold for it.
     */
    @Nullable
    Segment removeOldest(Predicate<Segment> condition) {
        lock.lock();
        try {
            for (Iterator<Segment> i = segments.iterator(); i.hasNext(); ) {
                Segment segment = i.next();
                if (isFree(segment)) {
                    if (!condition.test(segment)) {
                        return null;
                    }
                    i.remove();
                    segment.taken = true;
                    directoryChanged = true;
                    addDiskBytes(-segment.bytes);
                    return segment;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a rewrite that changed nothing. */
    void giveBack(Rewrite rewrite, boolean onlyPriority) {
        lock.lock();
        try {
            rewrite.segment().taken = false;
            rewrite.segment().rewritten |= onlyPriority;
            if (rewrite.previous() != null) {
                rewrite.previous().taken = false;
            }
            signal();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a rewrite: the replacement, if anything is left, stands for both segments. */
    void replace(Rewrite rewrite, @Nullable Segment replacement) {
        lock.lock();
        try {
            Segment previous = rewrite.previous();
            int at = segments.indexOf(rewrite.segment());
            segments.remove(at);
            addDiskBytes(-rewrite.segment().bytes);
            if (replacement != null) {
                if (previous != null) {
                    at--;
                    segments.remove(at);
                    addDiskBytes(-previous.bytes);
                }
                segments.add(at, replacement);
                addDiskBytes(replacement.bytes);
            } else if (previous != null) {
                previous.taken = false;
            }
            directoryChanged = true;
            signal();
        } finally {
            lock.unlock();
        }
    }

    /** Segments whose records are all acknowledged: their files are to be deleted, or to be used again. */
    List<Segment> takeGarbage() {
        lock.lock();
        try {
            List<Segment> taken = List.copyOf(garbage);
            garbage.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    void giveBackGarbage(Segment segment) {
        lock.lock();
        try {
            garbage.add(segment);
        } finally {
            lock.unlock();
        }
    }

    /** Files that are no segments came or, if negative, went. */
    void addSpareBytes(long bytes) {
        lock.lock();
        try {
            addDiskBytes(bytes);
        } finally {
            lock.unlock();
        }
    }

    /** Segments with bytes that may not be durable yet. */
    List<Segment> unsynced() {
        lock.lock();
        try {
            return segments.stream()
                    .filter(segment -> segment.synced < segment.committed)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    void synced(Segment segment, long offset) {
        lock.lock();
        try {
            segment.synced = Math.max(segment.synced, offset);
        } finally {
            lock.unlock();
        }
    }

    /** Whether files came or went since the last call. */
    boolean takeDirectoryChanged() {
        lock.lock();
        try {
            boolean result = directoryChanged;
            directoryChanged = false;
            return result;
        } finally {
            lock.unlock();
        }
    }

    void giveBackDirectoryChanged() {
        lock.lock();
        try {
            directoryChanged = true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends all waiting. */
    void close() {
        lock.lock();
        try {
            closed = true;
            signal();
            upkeepWanted.signal();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    private void signal() {
        version++;
        changed.signalAll();
    }

    private void addDiskBytes(long bytes) {
        diskBytes = diskBytes() + bytes;
    }

    private void resize(Segment segment, long bytes) {
        addDiskBytes(bytes - segment.bytes);
        segment.bytes = bytes;
    }

    private static boolean isFree(Segment segment) {
        return segment.sealed && !segment.begun && !segment.taken;
    }

    private @Nullable Segment find(long number) {
        for (Segment segment : segments) {
            if (segment.number >= number) {
                return segment.number == number ? segment : null;
            }
        }
        return null;
    }

    private void freeIfDone(Segment segment) {
        if (segment.isDone() && !segment.taken && segments.remove(segment)) {
            garbage.add(segment);
            addDiskBytes(-segment.bytes);
            roomWanted = true;
            upkeepWanted.signal();
        }
    }
}
