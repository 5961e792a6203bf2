// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LossListener;
import io.processsignals.events.LossStage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongSupplier;

/**
 * Makes room: takes the bulk out of the oldest segments, then drops them whole. What it drops is reported once it is
 * gone. Used by the upkeep thread only.
 */
final class Compactor implements Closeable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final SpoolOptions options;
    private final SpoolDirectory directory;
    private final Ledger ledger;
    private final LossListener losses;
    private final SpoolMonitor monitor;
    private final LongSupplier nanoTime;
    private final SegmentReader reader = new SegmentReader(BUFFER_BYTES);
    private final SegmentReader previousReader = new SegmentReader(BUFFER_BYTES);

    Compactor(
            SpoolOptions options,
            SpoolDirectory directory,
            Ledger ledger,
            LossListener losses,
            SpoolMonitor monitor,
            LongSupplier nanoTime) {
        this.options = options;
        this.directory = directory;
        this.ledger = ledger;
        this.losses = losses;
        this.monitor = monitor;
        this.nanoTime = nanoTime;
    }

    /** Drops what is older than it may be. */
    void expire() throws IOException {
        long now = nanoTime.getAsLong();
        long maxPriorityAge = options.maxPriorityAge().toNanos();
        for (Segment segment = ledger.removeOldest(s -> now - s.newestNanos > maxPriorityAge);
                segment != null;
                segment = ledger.removeOldest(s -> now - s.newestNanos > maxPriorityAge)) {
            drop(segment);
        }
        long maxAge = options.maxAge().toNanos();
        for (Ledger.Rewrite rewrite = ledger.takeForRewrite(s -> now - s.newestNanos > maxAge);
                rewrite != null;
                rewrite = ledger.takeForRewrite(s -> now - s.newestNanos > maxAge)) {
            rewrite(rewrite);
        }
    }

    /** Makes room for appends if there is little. */
    void reclaim() throws IOException {
        while (ledger.diskBytes() > options.reclaimBytes()) {
            Ledger.Rewrite rewrite = ledger.takeForRewrite(segment -> true);
            if (rewrite != null) {
                rewrite(rewrite);
                continue;
            }
            Segment oldest = ledger.removeOldest(segment -> true);
            if (oldest == null) {
                return; // the reader has begun all there is: appends are refused until it goes on
            }
            drop(oldest);
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
        previousReader.close();
    }

    private void drop(Segment segment) throws IOException {
        if (open(reader, segment)) {
            Files.deleteIfExists(segment.path);
            report(segment, true);
        }
        reader.close();
    }

    private void rewrite(Ledger.Rewrite rewrite) throws IOException {
        Segment segment = rewrite.segment();
        boolean done = false;
        try {
            if (!open(reader, segment)) {
                ledger.replace(rewrite, null);
                done = true;
                return;
            }
            Scan scan = Scan.of(reader, segment.committed);
            if (scan.priorityRecords() == scan.records() && scan.damage() == null) {
                ledger.giveBack(rewrite, true);
                done = true;
                return;
            }
            if (scan.priorityRecords() == 0) {
                Files.deleteIfExists(segment.path);
                ledger.replace(rewrite, null);
            } else {
                write(rewrite, scan);
            }
            done = true;
            reader.restart(segment.header.length());
            report(segment, false);
        } finally {
            if (!done) {
                ledger.giveBack(rewrite, false);
            }
            reader.close();
            previousReader.close();
        }
    }

    /** Writes the priority records of the segment, behind those of the one before if they fit into one file. */
    private void write(Ledger.Rewrite rewrite, Scan scan) throws IOException {
        Segment segment = rewrite.segment();
        Segment previous = rewrite.previous();
        if (previous != null
                && (previous.committed + scan.priorityBytes() > options.segmentBytes()
                        || !open(previousReader, previous))) {
            previous = null;
        }
        Segment first = previous == null ? segment : previous;
        SegmentHeader header = new SegmentHeader(
                first.number, segment.header.lastNumber(), first.header.createdMicros(), true, segment.header.schema());
        Path temporary = directory.temporary(first.path);
        Files.deleteIfExists(temporary);
        Segment replacement;
        try (SegmentFile file = SegmentFile.create(temporary)) {
            Copy copy = new Copy(file, header);
            if (previous != null) {
                SegmentHeader from = previous.header;
                Scan kept = Scan.of(previousReader, previous.committed, record -> copy.add(record, from));
                reportDamage(previousReader, previous, kept);
            }
            reader.restart(segment.header.length());
            Scan.of(reader, segment.committed, record -> {
                if (record.priority()) {
                    copy.add(record, segment.header);
                }
            });
            copy.flush();
            file.sync();
            replacement = new Segment(header, first.path, copy.offset, copy.records);
            replacement.synced = copy.offset;
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        // The age survives a restart as the file's time.
        Files.setLastModifiedTime(temporary, Files.getLastModifiedTime(segment.path));
        Files.move(temporary, first.path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (previous != null) {
            Files.deleteIfExists(segment.path);
        } else if (rewrite.previous() != null) {
            ledger.giveBack(new Ledger.Rewrite(rewrite.previous(), null), true);
        }
        replacement.sealed = true;
        replacement.createdNanos = first.createdNanos;
        replacement.newestNanos = segment.newestNanos;
        ledger.replace(new Ledger.Rewrite(segment, previous), replacement);
    }

    /** Tells of the records that are gone with the file that is still open. */
    private void report(Segment segment, boolean priorityToo) throws IOException {
        SpoolSchema schema = segment.header.schema();
        Scan scan = Scan.of(reader, segment.committed, record -> {
            if (priorityToo || !record.priority()) {
                losses.lost(
                        LossStage.SPOOL,
                        schema.type(record.typeIndex()),
                        record.priority(),
                        schema.hook(record.hookIndex()),
                        record.cpu(),
                        record.captureId(),
                        record.sequence(),
                        record.bootTimeMicros());
            }
        });
        reportDamage(reader, segment, scan);
    }

    private void reportDamage(SegmentReader source, Segment segment, Scan scan) {
        if (scan.damage() != null) {
            monitor.corrupted(segment.path, scan.end(), segment.committed - scan.end(), scan.damage());
            int known = segment.records == Segment.UNKNOWN ? Segment.UNKNOWN : segment.records - scan.records();
            DamagedRest.tell(losses, source, segment.header.length(), scan.records(), known, segment.committed);
        }
    }

    /** False if the file is gone, which is reported. */
    private boolean open(SegmentReader target, Segment segment) throws IOException {
        try {
            target.open(SegmentFile.openForReading(segment.path), segment.header);
            return true;
        } catch (NoSuchFileException e) {
            long first = segment.header.length();
            monitor.corrupted(segment.path, first, segment.committed - first, "the file is gone");
            DamagedRest.tell(losses, target, first, 0, segment.records, segment.committed);
            return false;
        }
    }

    /** Records on their way into a new file. */
    private static final class Copy {
        private final SegmentFile file;
        private final int crcMask;
        private ByteBuffer buffer = newBuffer(BUFFER_BYTES);
        private long written;
        private long offset;
        private int records;

        Copy(SegmentFile file, SegmentHeader header) throws IOException {
            this.file = file;
            this.crcMask = header.crcMask();
            this.offset = header.length();
            this.written = offset;
            file.write(header.encode(), 0);
        }

        void add(RecordFlyweight record, SegmentHeader from) throws IOException {
            if (record.size() > buffer.remaining()) {
                flush();
                if (record.size() > buffer.capacity()) {
                    buffer = newBuffer(record.size());
                }
            }
            record.copyTo(buffer, from.crcMask() ^ crcMask);
            offset += record.size();
            records++;
        }

        private static ByteBuffer newBuffer(int size) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }

        void flush() throws IOException {
            buffer.flip();
            file.write(buffer, written);
            buffer.clear();
            written = offset;
        }
    }
}
