// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LossListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.TimeUnit;

/**
 * What an earlier start left: reads the headers, cuts an unfinished batch off the last segment, and finds where the
 * acknowledgements ended. The segments before the last are not read, so that a start costs the same whatever the
 * backlog.
 *
 * @param segments sealed, in order
 * @param otherBytes in segments of a newer version, which are left alone
 * @param nextNumber for the next segment
 */
record Recovery(List<Segment> segments, long otherBytes, long nextNumber) {
    private static final int READ_BUFFER_BYTES = 64 << 10;

    static Recovery run(
            SpoolDirectory directory,
            Checkpoint checkpoint,
            SpoolSchemas schemas,
            LossListener losses,
            SpoolMonitor monitor,
            long nowNanos)
            throws IOException {
        long acknowledged = checkpoint.load().orElse(0);
        NavigableMap<Long, Path> files = directory.segmentFiles();
        List<Segment> segments = new ArrayList<>();
        long otherBytes = 0;
        long covered = Position.segment(acknowledged);
        long merged = 0;
        for (Map.Entry<Long, Path> entry : files.entrySet()) {
            long number = entry.getKey();
            Path path = entry.getValue();
            boolean last = number == files.lastKey();
            covered = Math.max(covered, number);
            if (number <= merged) {
                Files.delete(path); // merged into the one before, by a start that ended before it deleted this
                continue;
            }
            Segment segment;
            try (SegmentFile file = SegmentFile.openForReading(path)) {
                SegmentHeader header = SegmentHeader.read(file, schemas);
                if (header.lastNumber() < number) {
                    // A spare file whose new name outlived a power loss, but not its new header, nor what came after.
                    monitor.corrupted(path, 0, file.size(), "a power loss came before its header was durable");
                    Files.delete(path);
                    continue;
                }
                if (header.number() != number) {
                    throw new UnreadableSegmentException("the header is another segment's", false);
                }
                segment = new Segment(header, path, file.size(), Segment.UNKNOWN);
            } catch (UnreadableSegmentException e) {
                long size = Files.size(path);
                if (e.isNewer()) {
                    otherBytes += size;
                    monitor.corrupted(path, 0, size, SpoolDirectory.reason(e) + "; left alone");
                } else {
                    if (size > 0) {
                        monitor.corrupted(path, 0, size, SpoolDirectory.reason(e));
                        DamagedRest.tellFile(losses, size);
                    }
                    Files.delete(path);
                }
                continue;
            }
            merged = segment.header.lastNumber();
            covered = Math.max(covered, merged);
            if (merged < Position.segment(acknowledged)) {
                Files.delete(path);
                continue;
            }
            segment.sealed = true;
            long age =
                    System.currentTimeMillis() - Files.getLastModifiedTime(path).toMillis();
            segment.newestNanos = nowNanos - TimeUnit.MILLISECONDS.toNanos(Math.max(0, age));
            if (last || number == Position.segment(acknowledged)) {
                scan(segment, last, losses, monitor);
            }
            if (number == Position.segment(acknowledged)) {
                skipAcknowledged(segment, Position.index(acknowledged));
            }
            if (segment.isDone()) {
                Files.delete(path);
            } else {
                segments.add(segment);
            }
        }
        return new Recovery(segments, otherBytes, covered + 1);
    }

    private static void scan(Segment segment, boolean last, LossListener losses, SpoolMonitor monitor)
            throws IOException {
        Scan scan;
        try (SegmentReader reader = new SegmentReader(READ_BUFFER_BYTES)) {
            reader.open(SegmentFile.openForReading(segment.path), segment.header);
            scan = Scan.of(reader, segment.committed);
            if (scan.damage() != null && last) {
                DamagedRest.tellEnd(losses, reader, segment.committed);
            }
        }
        if (scan.damage() != null && !last) {
            return; // the reader comes to it, and tells
        }
        segment.records = scan.records();
        if (scan.damage() != null) {
            monitor.corrupted(
                    segment.path, scan.end(), segment.committed - scan.end(), "cut off as an unfinished batch");
        }
        if (scan.end() < segment.committed) {
            try (SegmentFile file = SegmentFile.openForWriting(segment.path)) {
                file.truncate(scan.end());
            }
            segment.bytes = scan.end();
            segment.committed = scan.end();
        }
    }

    private static void skipAcknowledged(Segment segment, int count) {
        int acknowledged = segment.records == Segment.UNKNOWN ? count : Math.min(count, segment.records);
        if (acknowledged > 0) {
            segment.acknowledged.set(0, acknowledged);
            segment.acknowledgedCount = acknowledged;
            segment.readEnd = acknowledged;
            segment.begun = true;
        }
    }
}
