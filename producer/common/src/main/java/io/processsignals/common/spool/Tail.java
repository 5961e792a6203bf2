// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.common.log.LossListener;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Follows the segments from the first unacknowledged record on. The monitor keeps {@link #close} apart from a read. */
final class Tail implements LogReader {
    /** A batch ends here even if more records are asked for, so that memory is bounded by bytes too. */
    private static final int MAX_BATCH_BYTES = 1 << 20;

    private static final int READ_BUFFER_BYTES = 256 << 10;
    private static final int REREAD_BUFFER_BYTES = 64 << 10;
    private static final int KEPT_ARRAYS_BYTES = 1 << 20;
    private static final long REOPEN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Ledger ledger;
    private final LossListener losses;
    private final SpoolMonitor monitor;
    private final SegmentReader reader = new SegmentReader(READ_BUFFER_BYTES);
    private final ArrayPool arrays = new ArrayPool(KEPT_ARRAYS_BYTES);

    private @Nullable Segment current;

    /** Why the rest of the current segment cannot be read; null as long as it can. */
    private @Nullable String damage;

    /** Number of the last segment that was read to its end. */
    private long finished;

    Tail(Ledger ledger, LossListener losses, SpoolMonitor monitor) {
        this.ledger = ledger;
        this.losses = losses;
        this.monitor = monitor;
    }

    @Override
    public synchronized int read(List<LogRecord> records, int maxRecords, Duration maxWait)
            throws InterruptedException {
        records.clear();
        if (maxRecords <= 0) {
            return 0;
        }
        long nanos = maxWait.toNanos();
        while (!ledger.isClosed()) {
            long version = ledger.version();
            boolean waitForFile = false;
            try {
                Segment segment = enter();
                if (segment != null) {
                    fill(segment, records, maxRecords);
                    if (!records.isEmpty()) {
                        return records.size();
                    }
                    if (leave(segment)) {
                        continue;
                    }
                }
            } catch (IOException e) {
                monitor.upkeepFailed("opening a spool segment: " + SpoolDirectory.reason(e));
                waitForFile = true;
            }
            if (nanos <= 0) {
                return 0;
            }
            if (waitForFile) {
                long pause = Math.min(nanos, REOPEN_NANOS);
                TimeUnit.NANOSECONDS.sleep(pause);
                nanos -= pause;
            } else {
                nanos = ledger.awaitChange(version, nanos);
            }
        }
        return 0;
    }

    @Override
    public void wake() {
        ledger.wakeReader();
    }

    @Override
    public synchronized void recycle(List<LogRecord> records) {
        for (LogRecord record : records) {
            arrays.give(record.framedBody());
            arrays.give(record.key());
        }
        records.clear();
    }

    @Override
    public synchronized Optional<LogRecord> reread(long position) {
        Segment segment = ledger.segment(Position.segment(position));
        if (segment == null) {
            return Optional.empty();
        }
        try (SegmentReader again = new SegmentReader(REREAD_BUFFER_BYTES)) {
            again.open(SegmentFile.openForReading(segment.path), segment.header);
            while (again.next(ledger.committed(segment)) == SegmentReader.Step.RECORD) {
                if (again.index() > Position.index(position)) {
                    return Optional.of(again.record().toLogRecord(position, segment.header.schema()));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            monitor.upkeepFailed("reading a spooled event again: " + SpoolDirectory.reason(e));
            return Optional.empty();
        }
    }

    @Override
    public synchronized void rewind() {
        current = null;
        finished = 0;
        closeFile();
    }

    @Override
    public void acknowledge(long[] positions, int count) {
        ledger.acknowledge(positions, count);
    }

    /** Once the ledger is closed, so that no read is waiting. */
    synchronized void close() {
        closeFile();
    }

    /** Opens the next segment unless one is open; null if there is none to read yet. */
    private @Nullable Segment enter() throws IOException {
        Segment segment = current;
        if (segment == null) {
            segment = ledger.beginNext(finished);
            current = segment;
            damage = null;
        }
        if (segment != null && !reader.isOpen() && damage == null) {
            try {
                reader.open(SegmentFile.openForReading(segment.path), segment.header);
            } catch (NoSuchFileException e) {
                damage = "the file is gone";
            }
        }
        return segment;
    }

    private void fill(Segment segment, List<LogRecord> records, int maxRecords) {
        long limit = ledger.committed(segment);
        int acknowledgedEnd = ledger.acknowledgedEnd(segment);
        int bytes = 0;
        while (damage == null && records.size() < maxRecords && bytes < MAX_BATCH_BYTES) {
            SegmentReader.Step step;
            try {
                step = reader.next(limit);
            } catch (IOException e) {
                damage = SpoolDirectory.reason(e);
                break;
            }
            if (step == SegmentReader.Step.END) {
                break;
            }
            if (step == SegmentReader.Step.BAD) {
                damage = "the bytes do not match their checksum";
                break;
            }
            int index = reader.index() - 1;
            if (index >= acknowledgedEnd || !ledger.isAcknowledged(segment, index)) {
                records.add(reader.record()
                        .toLogRecord(Position.of(segment.number, index), segment.header.schema(), arrays));
                bytes += reader.record().size();
            }
        }
        if (reader.isOpen()) {
            ledger.read(segment, reader.index(), reader.offset());
        }
    }

    /** Whether the segment is at its end for good. */
    private boolean leave(Segment segment) {
        if (!ledger.isSealed(segment)) {
            if (damage != null) {
                ledger.markDamaged(segment);
            }
            return false;
        }
        if (damage != null) {
            int records = reader.isOpen() ? reader.index() : 0;
            long offset = reader.isOpen() ? reader.offset() : segment.header.length();
            Ledger.Cut lost = ledger.cut(segment, records, offset);
            if (lost.bytes() > 0) {
                monitor.corrupted(segment.path, offset, lost.bytes(), damage);
                DamagedRest.tell(
                        losses, reader, segment.header.length(), records, lost.records(), offset + lost.bytes());
            }
        } else if (reader.offset() < ledger.committed(segment) && !cutAtEndMark(segment)) {
            return false; // the last batch came between reading and sealing
        }
        finished = segment.number;
        current = null;
        closeFile();
        return true;
    }

    /** A start that was killed, and that nobody has cleared up after, may have left more in the file than it wrote. */
    private boolean cutAtEndMark(Segment segment) {
        try {
            if (!reader.isAtEndMark(ledger.committed(segment))) {
                return false;
            }
        } catch (IOException e) {
            return false; // the next read tells
        }
        ledger.cut(segment, reader.index(), reader.offset());
        return true;
    }

    private void closeFile() {
        try {
            reader.close();
        } catch (IOException e) {
            monitor.upkeepFailed("closing a spool segment: " + SpoolDirectory.reason(e));
        }
    }
}
