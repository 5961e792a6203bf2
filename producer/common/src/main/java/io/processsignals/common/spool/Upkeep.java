// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeUnit;

/**
 * What is done beside capture and publishing, on a thread of its own: makes written events durable, deletes what is
 * acknowledged, writes the checkpoint, keeps the caps. One failing step does not keep the others from being done.
 */
final class Upkeep implements Runnable {
    private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private final SpoolOptions options;
    private final SpoolDirectory directory;
    private final Ledger ledger;
    private final Appender appender;
    private final Compactor compactor;
    private final Checkpoint checkpoint;
    private final SpareFiles spares;
    private final SpoolMonitor monitor;
    private final boolean syncs;
    private final long pauseNanos;

    private long lastSyncNanos = System.nanoTime();
    private long lastCheckpointNanos = lastSyncNanos;
    private long storedPosition = -1;

    Upkeep(
            SpoolOptions options,
            SpoolDirectory directory,
            Ledger ledger,
            Appender appender,
            Compactor compactor,
            Checkpoint checkpoint,
            SpareFiles spares,
            SpoolMonitor monitor) {
        this.options = options;
        this.directory = directory;
        this.ledger = ledger;
        this.appender = appender;
        this.compactor = compactor;
        this.checkpoint = checkpoint;
        this.spares = spares;
        this.monitor = monitor;
        this.syncs = !options.syncInterval().isZero();
        long shortest = Math.min(
                options.checkpointInterval().toNanos(),
                syncs ? options.syncInterval().toNanos() : MAX_PAUSE_NANOS);
        this.pauseNanos = Math.max(MIN_PAUSE_NANOS, Math.min(MAX_PAUSE_NANOS, shortest));
    }

    @Override
    public void run() {
        try {
            while (!ledger.isClosed()) {
                step("writing spooled events", appender::retry);
                step("deleting acknowledged segments", this::deleteGarbage);
                step("deleting spare files", spares::expire);
                step("dropping old events", compactor::expire);
                step("making room", compactor::reclaim);
                long now = System.nanoTime();
                if (syncs && now - lastSyncNanos >= options.syncInterval().toNanos()) {
                    lastSyncNanos = now;
                    step("making spooled events durable", this::sync);
                }
                if (now - lastCheckpointNanos >= options.checkpointInterval().toNanos()) {
                    lastCheckpointNanos = now;
                    step("writing the checkpoint", () -> storeCheckpoint(false));
                }
                ledger.awaitUpkeep(pauseNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // whoever interrupts this thread wants it to end
        }
    }

    /** The last round, on the closing thread, when nothing else touches the spool any more. */
    void finish() {
        step("deleting acknowledged segments", this::deleteGarbage);
        step("deleting spare files", spares::clear);
        step("making spooled events durable", this::sync);
        step("writing the checkpoint", () -> storeCheckpoint(true));
        step("closing segments", compactor::close);
    }

    private void step(String what, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            monitor.upkeepFailed(what + ": " + SpoolDirectory.reason(e));
        } catch (RuntimeException e) {
            // A listener's fault must not end the upkeep: the disk would fill.
            monitor.upkeepFailed(what + ": " + e);
        }
    }

    private void sync() throws IOException {
        if (ledger.takeDirectoryChanged()) {
            try {
                directory.sync();
            } catch (IOException e) {
                ledger.giveBackDirectoryChanged();
                throw e;
            }
        }
        for (Segment segment : ledger.unsynced()) {
            long committed = ledger.committed(segment);
            // A channel of its own: the appender closes its own when it likes.
            try (SegmentFile file = SegmentFile.openForWriting(segment.path)) {
                file.sync();
                ledger.synced(segment, committed);
            } catch (NoSuchFileException e) {
                ledger.synced(segment, committed); // the reader tells
            }
        }
    }

    private void deleteGarbage() throws IOException {
        IOException failure = null;
        for (Segment segment : ledger.takeGarbage()) {
            try {
                if (!spares.keep(segment)) {
                    Files.deleteIfExists(segment.path);
                }
            } catch (NoSuchFileException e) {
                // deleted by somebody else
            } catch (IOException e) {
                ledger.giveBackGarbage(segment);
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void storeCheckpoint(boolean durable) throws IOException {
        long position = ledger.firstUnacknowledged();
        if (position != storedPosition) {
            checkpoint.store(position, durable);
            storedPosition = position;
        }
    }
}
