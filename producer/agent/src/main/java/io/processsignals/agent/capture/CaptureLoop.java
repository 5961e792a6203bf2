// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.RawHook;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The capture thread: copies a batch out of the ring, makes events of it, appends them to the log, and only then lets
 * the kernel reuse the room. Never waits for the network; allocates nothing per event.
 */
public final class CaptureLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureLoop.class);

    static final String ROLE_NAME = "capture";

    private static final int BATCH_BYTES = 128 * 1024;

    /** PS_RECORD_MAX of process_signals_capture.h, rounded up. */
    private static final int MOST_RECORD_BYTES = 8 * 1024;

    private static final long COUNTERS_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A broken kernel side must not fill the disk. */
    private static final int SKIPPED_PER_LINE = 10_000;

    /** Bounds the last drain: events keep coming until the capture is closed. */
    private static final int LAST_BATCHES = 64;

    private final CaptureSource source;
    private final EventAssembler assembler;
    private final EventLog log;
    private final LossReporter losses;
    private final RingLosses ringLosses;
    private final List<AgentEventSource> agentEvents;
    private final CaptureObserver observer;
    private final Consumer<Throwable> onFailure;

    private final ByteBuffer batch = ByteBuffer.allocateDirect(BATCH_BYTES).order(ByteOrder.nativeOrder());
    private final RecordHeaderFlyweight header = new RecordHeaderFlyweight();
    private final EncodedEvent event = new EncodedEvent();
    private final DrainPace pace = new DrainPace();
    private final PinnedBacklog backlog;
    private final Thread thread = new Thread(this::run, ROLE_NAME);
    private long countersReadNanos = System.nanoTime();
    private long skipped;

    private volatile boolean stopping;

    /**
     * @param source attached; stays the caller's, who closes it after this loop
     * @param losses also the {@link io.processsignals.common.log.LossListener} of the log
     * @param agentEvents asked after every drain
     * @param bootMicros microseconds of CLOCK_BOOTTIME now
     * @param onFailure told on this thread why the loop has ended, if not by {@link #close}
     * @throws CaptureException if the source cannot say what was lost and told before
     */
    public CaptureLoop(
            CaptureSource source,
            EventAssembler assembler,
            EventLog log,
            LossReporter losses,
            List<AgentEventSource> agentEvents,
            CaptureObserver observer,
            LongSupplier bootMicros,
            Consumer<Throwable> onFailure)
            throws CaptureException {
        this.source = source;
        this.backlog = new PinnedBacklog(source.isAdopted(), BATCH_BYTES - MOST_RECORD_BYTES);
        this.assembler = assembler;
        this.log = log;
        this.losses = losses;
        this.ringLosses = new RingLosses(source, losses, bootMicros);
        this.agentEvents = List.copyOf(agentEvents);
        this.observer = observer;
        this.onFailure = onFailure;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Ends the loop after a last drain and a last report of what was lost; waits for it, a fraction of a second. */
    @Override
    public void close() {
        stopping = true;
        source.wake();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopping) {
                int bytes = drain(pace.millis(), pace.silenceMillis());
                pace.drained(bytes);
                backlog.drained(bytes);
                appendAgentEvents();
                if (System.nanoTime() - countersReadNanos >= COUNTERS_NANOS) {
                    reportLosses();
                }
            }
            drainTheRest();
        } catch (CaptureException | RuntimeException e) {
            LOG.error("Capturing has ended: {}", e.getMessage(), e);
            onFailure.accept(e);
        }
    }

    private void drainTheRest() throws CaptureException {
        int batches = 0;
        while (drain(0, 0) > 0 && batches < LAST_BATCHES) {
            batches++;
        }
        appendAgentEvents();
        appendAgentEvents(); // again, to be asked after the commit: what was told now counts as told
        reportLosses();
        if (losses.hasUnreported()) {
            LOG.warn("The log was too full to report the last lost events; the metrics have them");
        }
    }

    /** One batch; returns its bytes. */
    private int drain(int waitMillis, int silenceMillis) throws CaptureException {
        batch.clear();
        int bytes = source.poll(batch, waitMillis, silenceMillis);
        if (bytes == 0) {
            return 0;
        }
        batch.limit(bytes);
        int offset = 0;
        while (offset < bytes) {
            offset += append(offset);
        }
        log.commit();
        source.release();
        return bytes;
    }

    /** One record; returns its bytes. */
    private int append(int offset) {
        boolean isEvent;
        try {
            isEvent = assembler.assemble(batch, offset, event);
        } catch (MalformedRecordException e) {
            warnOfSkipped(e.getMessage(), null);
            lost(e.hook(), e.cpu(), e.captureId(), e.sequence(), e.bootNs());
            return e.skipBytes() > 0 ? e.skipBytes() : batch.limit() - offset;
        } catch (RuntimeException e) {
            // A defect of ours: it may cost the event, not the capture. The validator has accepted the record.
            warnOfSkipped("defect in decoding", e);
            header.wrap(batch, offset);
            lost(header.hook(), header.cpu(), header.captureId(), header.sequence(), header.bootNs());
            return header.length();
        }
        if (isEvent && log.append(event)) {
            observer.processed(assembler.event());
        }
        return batch.getInt(offset + RecordHeaderFlyweight.LENGTH_FIELD_OFFSET);
    }

    private void lost(int hook, int cpu, long captureId, long sequence, long bootNanos) {
        boolean known = hook >= 0 && hook < RawHook.COUNT && cpu >= 0 && sequence > 0;
        losses.lost(
                LossStage.DECODE,
                known ? KernelHooks.type(hook) : EventType.UNKNOWN,
                false,
                known ? KernelHooks.hook(hook) : Hook.UNKNOWN,
                known ? cpu : -1,
                known ? captureId : 0,
                known ? sequence : 0,
                TimeUnit.NANOSECONDS.toMicros(bootNanos));
    }

    private void warnOfSkipped(@Nullable String reason, @Nullable RuntimeException defect) {
        if (skipped++ % SKIPPED_PER_LINE == 0) {
            LOG.warn("{} records so far were skipped and counted as lost; the last one: {}", skipped, reason, defect);
        }
    }

    private void appendAgentEvents() {
        boolean appended = false;
        for (int i = 0; i < agentEvents.size(); i++) {
            AgentEventSource agentEventSource = agentEvents.get(i);
            while (agentEventSource.next(event)) {
                if (log.append(event)) {
                    observer.processed(event.type);
                    appended = true;
                }
            }
        }
        if (appended) {
            log.commit();
        }
    }

    private void reportLosses() throws CaptureException {
        countersReadNanos = System.nanoTime();
        source.heartbeat();
        ringLosses.read();
        boolean told = losses.reportTo(log);
        log.commit();
        if (told) {
            ringLosses.keepReported();
        }
    }
}
