// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LossListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.apache.avro.Schema;

/**
 * An {@link EventLog} on disk: what {@link #commit} has returned for survives the death of the process, and a power
 * loss too after {@link SpoolOptions#syncInterval}.
 *
 * <p>At least once: a record is there again after a restart unless its acknowledgement was in the checkpoint. Nothing
 * is dropped without a word: each event is reported to the {@link LossListener}, bytes that cannot be read to the
 * {@link SpoolMonitor}. Both are called on the appending, reading, closing or upkeep thread.
 *
 * <p>Heap does not grow with the backlog: some hundred bytes for each segment, one bit for each record in those that
 * the reader is in, and buffers of fixed size. What is on disk and how is in {@link io.processsignals.common.spool}.
 */
public final class Spool implements EventLog {
    private final SpoolLock lock;
    private final Ledger ledger;
    private final Appender appender;
    private final Tail tail;
    private final OldestRecord oldest;
    private final Upkeep upkeep;
    private final SpoolMonitor monitor;
    private final long limitBytes;
    private final Thread upkeepThread;

    private Spool(
            SpoolOptions options,
            SpoolDirectory directory,
            SpoolLock lock,
            Schema writerSchema,
            LossListener losses,
            SpoolMonitor monitor,
            LongSupplier nanoTime)
            throws IOException {
        this.lock = lock;
        this.monitor = monitor;
        this.limitBytes = options.maxBytes();
        SpoolSchema schema = SpoolSchema.of(writerSchema);
        Checkpoint checkpoint = new Checkpoint(directory);
        Recovery recovery =
                Recovery.run(directory, checkpoint, new SpoolSchemas(schema), losses, monitor, nanoTime.getAsLong());
        ledger = new Ledger(options.reclaimBytes(), recovery.segments(), recovery.otherBytes(), recovery.nextNumber());
        SpareFiles spares = new SpareFiles(options, directory, ledger, monitor, nanoTime);
        appender = new Appender(options, directory, ledger, spares, schema, losses, monitor, nanoTime);
        tail = new Tail(ledger, losses, monitor);
        oldest = new OldestRecord(ledger);
        Compactor compactor = new Compactor(options, directory, ledger, losses, monitor, nanoTime);
        upkeep = new Upkeep(options, directory, ledger, appender, compactor, checkpoint, spares, monitor);
        upkeepThread = new Thread(upkeep, "spool-upkeep");
        upkeepThread.setDaemon(true);
        upkeepThread.start();
    }

    /**
     * Removes a spool and all that it holds; does nothing if there is none.
     *
     * @throws SpoolException if an agent uses it, if the folder holds anything that is not of a spool (then nothing is
     *     removed), or if a file cannot be removed; the message is one line
     */
    public static void remove(Path folder) throws SpoolException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        SpoolDirectory directory = SpoolDirectory.forWriting(folder);
        directory.requireOnlySpool();
        SpoolLock lock = SpoolLock.acquire(directory);
        try {
            directory.delete();
        } finally {
            lock.abandon();
        }
    }

    /**
     * Opens the spool, creating its folder if need be, and recovers what an earlier start left.
     *
     * @param writerSchema what the bodies of appended events are written with
     * @throws SpoolException if the folder cannot be used: in use by another agent, not ours alone, not writable
     */
    public static Spool open(SpoolOptions options, Schema writerSchema, LossListener losses, SpoolMonitor monitor)
            throws SpoolException {
        return open(options, writerSchema, losses, monitor, System::nanoTime);
    }

    /** With a clock for ages and retries. */
    static Spool open(
            SpoolOptions options, Schema writerSchema, LossListener losses, SpoolMonitor monitor, LongSupplier nanoTime)
            throws SpoolException {
        SpoolDirectory directory = SpoolDirectory.forWriting(options.directory());
        SpoolLock lock = SpoolLock.acquire(directory);
        boolean opened = false;
        try {
            directory.claim();
            Spool spool = new Spool(options, directory, lock, writerSchema, losses, monitor, nanoTime);
            lock.unclosed().ifPresent(left -> monitor.foundUnclosed(left.pid(), left.lastWritten()));
            opened = true;
            return spool;
        } catch (IOException e) {
            throw SpoolDirectory.unusable(directory.path(), e);
        } finally {
            if (!opened) {
                lock.abandon();
            }
        }
    }

    @Override
    public boolean append(EncodedEvent event) {
        return appender.append(event);
    }

    @Override
    public void commit() {
        appender.commit();
    }

    @Override
    public LogReader reader() {
        return tail;
    }

    /** Bytes not yet acknowledged, those of a partly acknowledged segment in proportion. */
    @Override
    public long bytes() {
        return ledger.pendingBytes();
    }

    @Override
    public long limitBytes() {
        return limitBytes;
    }

    /** Bytes that the spool's files take; what {@link SpoolOptions#maxBytes} bounds. */
    public long diskBytes() {
        return ledger.diskBytes();
    }

    @Override
    public long oldestTimestampMicros() {
        return oldest.timestampMicros();
    }

    @Override
    public synchronized void close() {
        if (ledger.isClosed()) {
            return;
        }
        appender.close();
        ledger.close();
        boolean interrupted = false;
        while (upkeepThread.isAlive()) {
            try {
                upkeepThread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        tail.close();
        upkeep.finish();
        try {
            oldest.close();
        } catch (IOException e) {
            monitor.upkeepFailed("closing a spool segment: " + SpoolDirectory.reason(e));
        }
        lock.release();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
