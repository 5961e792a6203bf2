// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The capture thread's side: stages events in a buffer and writes it with one system call per batch, which keeps the
 * cost per event small, reports a full disk as an error (a write through a mapping would be a SIGBUS) and survives the
 * death of the process as soon as it returns.
 *
 * <p>While the disk does not take anything, the buffer is what keeps the priority events; bulk is refused. The monitor
 * is there for {@link #close} and for the upkeep thread's {@link #retry}; appends find it free.
 */
final class Appender {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** A segment is closed after this share of the maximum age, so that it can expire in time. */
    private static final int SEGMENTS_PER_AGE = 8;

    private final SpoolOptions options;
    private final SpoolDirectory directory;
    private final Ledger ledger;
    private final SpareFiles spares;
    private final SpoolSchema schema;
    private final LossListener losses;
    private final SpoolMonitor monitor;
    private final LongSupplier nanoTime;
    private final int headerLength;
    private final EventType[] types = EventType.values();
    private final Hook[] hooks = Hook.values();
    private final CRC32C crc = new CRC32C();
    private final RecordFlyweight flyweight = new RecordFlyweight();
    private final ByteBuffer staged;

    private int stagedRecords;

    /** CRC mask that the staged records have; nearly always the segment's that they will be written to. */
    private int stagedMask;

    private @Nullable Segment segment;
    private @Nullable SegmentFile file;
    private boolean failing;
    private boolean closed;
    private long retryNanos;

    Appender(
            SpoolOptions options,
            SpoolDirectory directory,
            Ledger ledger,
            SpareFiles spares,
            SpoolSchema schema,
            LossListener losses,
            SpoolMonitor monitor,
            LongSupplier nanoTime) {
        this.options = options;
        this.directory = directory;
        this.ledger = ledger;
        this.spares = spares;
        this.schema = schema;
        this.losses = losses;
        this.monitor = monitor;
        this.nanoTime = nanoTime;
        this.headerLength = header(1).length();
        this.staged = ByteBuffer.allocateDirect(options.batchBytes() + RecordFlyweight.END_MARK_LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN);
        staged.limit(options.batchBytes());
    }

    synchronized boolean append(EncodedEvent event) {
        long size = RecordFlyweight.size(event);
        if (size > options.batchBytes()) {
            lost(LossStage.OVERSIZE, event);
            return false;
        }
        if (closed || !hasRoom(size, event.priority)) {
            lost(LossStage.SPOOL, event);
            return false;
        }
        if (size > staged.remaining()) {
            write();
            if (size > staged.remaining() || (failing && !event.priority)) {
                lost(LossStage.SPOOL, event);
                return false;
            }
        }
        RecordFlyweight.encode(staged, event, crc, stagedMask);
        stagedRecords++;
        return true;
    }

    synchronized void commit() {
        if (write() && options.syncInterval().isZero()) {
            sync();
        }
    }

    /** Tries again to write what a failing disk did not take, if there is anything. */
    synchronized void retry() {
        if (failing) {
            write();
        }
    }

    /** Writes what is staged, now or never. */
    synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        retryNanos = nanoTime.getAsLong();
        if (!write()) {
            reportStaged(true);
            emptyStaged();
        }
        seal();
    }

    private boolean hasRoom(long size, boolean priority) {
        if (failing && !priority && nanoTime.getAsLong() - retryNanos < 0) {
            return false;
        }
        return ledger.diskBytes() - unused() + headerLength + staged.position() + size <= options.appendBytes(priority);
    }

    /** Bytes that the open segment's file takes already and that are still to be written. */
    private long unused() {
        return segment == null ? 0 : segment.bytes - segment.committed;
    }

    /** Writes what is staged to the segment. False if it is still staged, less the bulk events in it. */
    private boolean write() {
        if (staged.position() == 0) {
            return true;
        }
        if (failing && nanoTime.getAsLong() - retryNanos < 0) {
            return false;
        }
        int bytes = staged.position();
        try {
            Segment target = segmentFor(bytes);
            maskStaged(target.header.crcMask());
            staged.limit(staged.capacity());
            if (bytes < unused()) {
                RecordFlyweight.encodeEndMark(staged, stagedMask);
            }
            staged.flip();
            long end = target.committed + staged.limit();
            openFile().write(staged, target.committed);
            ledger.appended(target, bytes, Math.max(target.bytes, end), stagedRecords, nanoTime.getAsLong());
            emptyStaged();
        } catch (IOException e) {
            staged.limit(options.batchBytes()).position(bytes);
            fail(e);
            return false;
        }
        if (failing) {
            failing = false;
            monitor.recovered();
        }
        return true;
    }

    private void emptyStaged() {
        staged.clear().limit(options.batchBytes());
        stagedRecords = 0;
    }

    /** Turns the staged records into ones of the segment with that mask. */
    private void maskStaged(int crcMask) {
        int change = stagedMask ^ crcMask;
        if (change != 0) {
            for (int at = 0; at < staged.position(); at += flyweight.size()) {
                flyweight.wrap(staged, at).changeMask(change);
            }
            stagedMask = crcMask;
        }
    }

    private void fail(IOException e) {
        retryNanos = nanoTime.getAsLong() + RETRY_NANOS;
        if (segment != null && file != null) {
            try {
                truncate(file, segment);
            } catch (IOException unwritable) {
                seal(); // what may stand behind its last record is never read in this run, and reported in the next
            }
        }
        reportStaged(false);
        keepPriority();
        if (!failing) {
            failing = true;
            monitor.failing("the spool cannot be written to: " + SpoolDirectory.reason(e)
                    + "; deaths are kept in memory as far as they fit, other events are lost");
        }
    }

    private Segment segmentFor(int bytes) throws IOException {
        Segment current = segment;
        if (current != null
                && current.committed + bytes <= options.segmentBytes()
                && !ledger.isDamaged(current)
                && nanoTime.getAsLong() - current.createdNanos
                        < options.maxAge().toNanos() / SEGMENTS_PER_AGE) {
            return current;
        }
        seal();
        return begin();
    }

    private Segment begin() throws IOException {
        SegmentHeader header = header(ledger.nextNumber());
        Path path = directory.segmentFile(header.number());
        Segment begun = new Segment(header, path, header.length(), 0);
        SegmentFile created = spares.reuse(begun);
        if (created == null) {
            try {
                created = create(path, header);
            } catch (IOException e) {
                ledger.skipNumber(); // what stands there now is not looked at again before the next start
                throw e;
            }
        }
        begun.createdNanos = nanoTime.getAsLong();
        begun.newestNanos = begun.createdNanos;
        ledger.begun(begun);
        segment = begun;
        file = created;
        return begun;
    }

    private static SegmentFile create(Path path, SegmentHeader header) throws IOException {
        SegmentFile created = SegmentFile.create(path);
        try {
            created.write(header.encode(), 0);
            return created;
        } catch (IOException e) {
            created.close();
            Files.deleteIfExists(path);
            throw e;
        }
    }

    private SegmentHeader header(long number) {
        return new SegmentHeader(
                number, number, TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()), false, schema);
    }

    private void seal() {
        if (file != null) {
            cutUnused();
            try {
                if (options.syncInterval().isZero()) {
                    sync();
                }
                file.close();
            } catch (IOException e) {
                monitor.upkeepFailed("closing a spool segment: " + SpoolDirectory.reason(e));
            }
            file = null;
        }
        if (segment != null) {
            ledger.sealed(segment);
            segment = null;
        }
    }

    private void cutUnused() {
        if (segment != null && file != null && unused() > 0) {
            try {
                truncate(file, segment);
            } catch (IOException e) { // no harm: an end mark stands before it
                monitor.upkeepFailed("cutting off what is left of an earlier segment: " + SpoolDirectory.reason(e));
            }
        }
    }

    /** Ends the file with its last record. */
    private void truncate(SegmentFile open, Segment of) throws IOException {
        open.truncate(of.committed);
        ledger.truncated(of);
    }

    private void sync() {
        Segment current = segment;
        if (current == null || file == null) {
            return;
        }
        try {
            if (ledger.takeDirectoryChanged()) {
                directory.sync();
            }
            file.sync();
            ledger.synced(current, current.committed);
        } catch (IOException e) {
            monitor.upkeepFailed("making spooled events durable: " + SpoolDirectory.reason(e));
        }
    }

    private SegmentFile openFile() {
        if (file == null) {
            throw new IllegalStateException("no segment is open");
        }
        return file;
    }

    /** Moves the priority records to the front of the buffer. */
    private void keepPriority() {
        int end = staged.position();
        int kept = 0;
        stagedRecords = 0;
        for (int at = 0, size; at < end; at += size) {
            flyweight.wrap(staged, at);
            size = flyweight.size();
            if (flyweight.priority()) {
                staged.put(kept, staged, at, size);
                kept += size;
                stagedRecords++;
            }
        }
        staged.position(kept);
    }

    private void reportStaged(boolean priorityToo) {
        for (int at = 0; at < staged.position(); at += flyweight.size()) {
            flyweight.wrap(staged, at);
            if (priorityToo || !flyweight.priority()) {
                losses.lost(
                        LossStage.SPOOL,
                        types[flyweight.typeIndex()],
                        flyweight.priority(),
                        hooks[flyweight.hookIndex()],
                        flyweight.cpu(),
                        flyweight.captureId(),
                        flyweight.sequence(),
                        flyweight.bootTimeMicros());
            }
        }
    }

    private void lost(LossStage stage, EncodedEvent event) {
        losses.lost(
                stage,
                event.type,
                event.priority,
                event.hook,
                event.cpu,
                event.captureId,
                event.sequence,
                event.bootTimeMicros);
    }
}
