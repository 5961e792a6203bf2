// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Files of segments that are done with, kept for a moment to be written again. In a storm that saves more than half of
 * what appending costs: a file's pages and blocks are there already, where those of a new one are taken from the kernel
 * and cleared one by one. Filled by the upkeep thread, taken from by the appending one.
 */
final class SpareFiles {
    /**
     * A file out of use.
     *
     * @param bytes of the file, which count as the spool's
     */
    private record Spare(Path path, long bytes, long sinceNanos) {}

    private static final int MOST = 2;

    /** Where it takes longer to fill a segment, its pages are no cost to speak of. */
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final SpoolDirectory directory;
    private final Ledger ledger;
    private final SpoolMonitor monitor;
    private final LongSupplier nanoTime;
    private final long leastBytes;
    private final long mostDiskBytes;
    private final ArrayDeque<Spare> spares = new ArrayDeque<>();

    SpareFiles(
            SpoolOptions options,
            SpoolDirectory directory,
            Ledger ledger,
            SpoolMonitor monitor,
            LongSupplier nanoTime) {
        this.directory = directory;
        this.ledger = ledger;
        this.monitor = monitor;
        this.nanoTime = nanoTime;
        this.leastBytes = options.segmentBytes() / 2;
        this.mostDiskBytes = options.reclaimBytes() / 2;
    }

    /** Takes over the segment's file; false if it is to be deleted. */
    synchronized boolean keep(Segment done) throws IOException {
        if (spares.size() == MOST
                || done.bytes < leastBytes
                || ledger.diskBytes() + done.bytes > mostDiskBytes
                || ledger.isClosed()) {
            return false;
        }
        // Under a name that the next start deletes: its records must not be sent again.
        Path path = directory.temporary(done.path);
        Files.move(done.path, path, StandardCopyOption.ATOMIC_MOVE);
        spares.addLast(new Spare(path, done.bytes, nanoTime.getAsLong()));
        ledger.addSpareBytes(done.bytes);
        return true;
    }

    /** Makes the oldest file the segment's, header and size included; null if there is none that can be. */
    @Nullable
    SegmentFile reuse(Segment segment) {
        Spare spare = take();
        if (spare == null) {
            return null;
        }
        try {
            if (Files.exists(segment.path, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(segment.path.toString());
            }
            ByteBuffer beginning = ByteBuffer.allocate(segment.header.length() + RecordFlyweight.END_MARK_LENGTH)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(segment.header.encode());
            RecordFlyweight.encodeEndMark(beginning, segment.header.crcMask());
            try (SegmentFile file = SegmentFile.openForWriting(spare.path())) {
                file.write(beginning.flip(), 0);
            }
            Files.move(spare.path(), segment.path, StandardCopyOption.ATOMIC_MOVE);
            SegmentFile reused = SegmentFile.openForWriting(segment.path);
            segment.bytes = Math.max(spare.bytes(), beginning.limit());
            return reused;
        } catch (IOException e) {
            monitor.upkeepFailed("using a spool segment's file again: " + SpoolDirectory.reason(e));
            deleteQuietly(spare.path());
            return null;
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // The next start deletes it
        }
    }

    /** The oldest one, which is the caller's from now on; null if there is none. */
    private synchronized @Nullable Spare take() {
        Spare spare = spares.pollFirst();
        if (spare != null) {
            ledger.addSpareBytes(-spare.bytes);
        }
        return spare;
    }

    /** Deletes those that were not wanted for a while. */
    void expire() throws IOException {
        delete(KEEP_NANOS);
    }

    /** Deletes all. */
    void clear() throws IOException {
        delete(0);
    }

    /** Those that wait for so long; one that cannot be deleted stays, and goes on to count. */
    private synchronized void delete(long sinceNanos) throws IOException {
        for (Spare spare = spares.peekFirst();
                spare != null && nanoTime.getAsLong() - spare.sinceNanos >= sinceNanos;
                spare = spares.peekFirst()) {
            Files.deleteIfExists(spare.path);
            take();
        }
    }
}
