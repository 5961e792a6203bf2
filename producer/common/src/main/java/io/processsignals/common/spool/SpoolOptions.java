// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a spool is kept.
 *
 * @param directory the spool's own folder; created if it is not there, refused if it is not ours alone
 * @param segmentBytes size at which a segment is closed, 64 KiB to 1 GiB; twice {@code batchBytes} at least
 * @param maxBytes cap of all files together, at least four segments. One segment's worth of it is kept free for
 *     rewriting, and a quarter of one for priority events when bulk is refused already
 * @param maxAge bulk events that wait longer are dropped, in whole segments
 * @param maxPriorityAge priority events that wait longer are dropped, in whole segments; at least {@code maxAge}
 * @param syncInterval bound of what a power loss may cost; zero syncs in every commit, on the capture thread
 * @param checkpointInterval how often acknowledgements are made durable: bounds what is sent again after a crash
 * @param batchBytes buffer for events between commits, 4 KiB to 1 MiB: bounds one event, and the priority events kept
 *     in memory while the disk is full
 */
public record SpoolOptions(
        Path directory,
        long segmentBytes,
        long maxBytes,
        Duration maxAge,
        Duration maxPriorityAge,
        Duration syncInterval,
        Duration checkpointInterval,
        int batchBytes) {
    /** The least that the spool must have room for. */
    public static final int MIN_SEGMENTS = 4;

    private static final long MIN_SEGMENT_BYTES = 64 << 10;
    private static final long MAX_SEGMENT_BYTES = 1 << 30;
    /** The longest that anything is kept. */
    public static final Duration MAX_AGE = Duration.ofDays(36_500); // fits in nanoseconds

    private static final int MIN_BATCH_BYTES = 4 << 10;
    private static final int MAX_BATCH_BYTES = RecordFlyweight.MAX_SIZE;

    public SpoolOptions {
        require(
                segmentBytes >= MIN_SEGMENT_BYTES && segmentBytes <= MAX_SEGMENT_BYTES,
                "the spool's segment size must be between 65536 and 1073741824 bytes but is " + segmentBytes);
        require(
                batchBytes >= MIN_BATCH_BYTES && batchBytes <= MAX_BATCH_BYTES && batchBytes <= segmentBytes / 2,
                "the spool's batch size must be between 4096 and 1048576 bytes, and at most half a segment, but is "
                        + batchBytes);
        require(
                maxBytes >= MIN_SEGMENTS * segmentBytes,
                "the spool needs room for four segments, " + MIN_SEGMENTS * segmentBytes + " bytes, but may take "
                        + maxBytes);
        require(!maxAge.isNegative() && !maxAge.isZero(), "the spool's maximum age must be positive");
        require(maxPriorityAge.compareTo(MAX_AGE) <= 0, "the spool's maximum age must be 36500 days at most");
        require(maxPriorityAge.compareTo(maxAge) >= 0, "the spool must keep priority events as long as others");
        require(!syncInterval.isNegative(), "the spool's sync interval must not be negative");
        require(
                !checkpointInterval.isNegative() && !checkpointInterval.isZero(),
                "the spool's checkpoint interval must be positive");
    }

    /** 8 MiB segments, 512 MiB, a week for bulk and a month for priority events, sync and checkpoint every second. */
    public static SpoolOptions of(Path directory) {
        return new SpoolOptions(
                directory,
                8 << 20,
                512L << 20,
                Duration.ofDays(7),
                Duration.ofDays(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1 << 20);
    }

    public SpoolOptions withSegmentBytes(long bytes) {
        return new SpoolOptions(
                directory, bytes, maxBytes, maxAge, maxPriorityAge, syncInterval, checkpointInterval, batchBytes);
    }

    public SpoolOptions withMaxBytes(long bytes) {
        return new SpoolOptions(
                directory, segmentBytes, bytes, maxAge, maxPriorityAge, syncInterval, checkpointInterval, batchBytes);
    }

    public SpoolOptions withMaxAge(Duration bulk, Duration priority) {
        return new SpoolOptions(
                directory, segmentBytes, maxBytes, bulk, priority, syncInterval, checkpointInterval, batchBytes);
    }

    public SpoolOptions withSyncInterval(Duration interval) {
        return new SpoolOptions(
                directory, segmentBytes, maxBytes, maxAge, maxPriorityAge, interval, checkpointInterval, batchBytes);
    }

    public SpoolOptions withCheckpointInterval(Duration interval) {
        return new SpoolOptions(
                directory, segmentBytes, maxBytes, maxAge, maxPriorityAge, syncInterval, interval, batchBytes);
    }

    public SpoolOptions withBatchBytes(int bytes) {
        return new SpoolOptions(
                directory, segmentBytes, maxBytes, maxAge, maxPriorityAge, syncInterval, checkpointInterval, bytes);
    }

    /** Beyond this many bytes on disk, room is made. */
    long reclaimBytes() {
        return maxBytes - 2 * segmentBytes;
    }

    /** What appends may fill; the rest is room for one rewritten segment. */
    long appendBytes(boolean priority) {
        return maxBytes - segmentBytes - (priority ? 0 : segmentBytes / 4);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
