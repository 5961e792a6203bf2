// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns losses into EVENTS_LOST events, so that for every sequence the range equals what was delivered plus what was
 * counted as lost.
 *
 * <p>Losses are told by any thread and summed by stage, type and sequence; the capture thread reports the sums. A
 * report that the log has no room for keeps its count and its own sequence and is tried again.
 */
public final class LossReporter implements LossListener {
    /** Makes the EVENTS_LOST event of a loss, with the agent's next sequence. */
    @FunctionalInterface
    public interface Encoder {
        void encode(Loss loss, EncodedEvent out);
    }

    /** Sequences summed one by one; more, as after many changes of the capture, are summed as "several". */
    private static final int MAX_SUMS = 4096;

    private final Encoder encoder;
    private final CaptureObserver observer;
    private final LongSupplier bootMicros;

    /* Guarded by this. */
    private final Map<Key, Sum> sums = new HashMap<>();
    private final Key lookup = new Key();
    private long lastReportMicros;

    /* Owned by the capture thread. */
    private final Queue<Loss> unreported = new ArrayDeque<>();
    private final EncodedEvent report = new EncodedEvent();
    private boolean reportPending;

    private volatile @Nullable Thread appender;

    /**
     * @param encoder called by the capture thread only
     * @param observer counts every loss, on the thread that reports it
     * @param bootMicros microseconds of CLOCK_BOOTTIME now
     */
    public LossReporter(Encoder encoder, CaptureObserver observer, LongSupplier bootMicros) {
        this.encoder = encoder;
        this.observer = observer;
        this.bootMicros = bootMicros;
        this.lastReportMicros = bootMicros.getAsLong();
    }

    @Override
    public void lost(
            LossStage stage,
            EventType type,
            boolean priority,
            Hook hook,
            int cpu,
            long captureId,
            long sequence,
            long bootTimeMicros) {
        if (isOwnReport(type, hook, sequence)) {
            return;
        }
        observer.lost(stage, type, 1);
        synchronized (this) {
            Sum sum = sum(stage, type, hook, cpu, captureId);
            sum.add(1, priority ? 1 : 0);
            sum.sequence(sequence);
            sum.from(bootTimeMicros == 0 ? lastReportMicros : bootTimeMicros);
            sum.to(bootTimeMicros == 0 ? bootMicros.getAsLong() : bootTimeMicros);
        }
    }

    /**
     * Losses that are known by their number only, as the kernel counts them.
     *
     * @param fromMicros not lost before, microseconds of CLOCK_BOOTTIME
     * @param toMicros not lost after
     */
    public void lostUnseen(
            LossStage stage,
            EventType type,
            Hook hook,
            int cpu,
            long captureId,
            long count,
            long priorityCount,
            long fromMicros,
            long toMicros) {
        observer.lost(stage, type, count);
        synchronized (this) {
            Sum sum = sum(stage, type, hook, cpu, captureId);
            sum.add(count, priorityCount);
            sum.unseen = true;
            sum.from(fromMicros);
            sum.to(toMicros);
        }
    }

    /**
     * Appends an EVENTS_LOST event for every sum. Capture thread only; the caller commits.
     *
     * @return false if the log is full and something is left for the next call
     */
    public boolean reportTo(EventLog log) {
        appender = Thread.currentThread();
        try {
            takeSums();
            while (true) {
                if (!reportPending) {
                    Loss next = unreported.poll();
                    if (next == null) {
                        return true;
                    }
                    encoder.encode(next, report);
                    reportPending = true;
                }
                if (!log.append(report)) {
                    return false;
                }
                reportPending = false;
            }
        } finally {
            appender = null;
        }
    }

    /** Events lost and not yet in a report that the log took. Capture thread only, or after it has ended. */
    public boolean hasUnreported() {
        synchronized (this) {
            return reportPending || !unreported.isEmpty() || !sums.isEmpty();
        }
    }

    /** A log that refuses a report says so to this listener; the report is kept, so nothing is lost. */
    private boolean isOwnReport(EventType type, Hook hook, long sequence) {
        return type == EventType.EVENTS_LOST
                && hook == Hook.AGENT
                && appender == Thread.currentThread()
                && sequence == report.sequence;
    }

    private synchronized void takeSums() {
        // While the log stays full, sums grow in the table, which is bounded, and not in the queue.
        if (!unreported.isEmpty()) {
            return;
        }
        sums.forEach((key, sum) -> unreported.add(sum.toLoss(key)));
        sums.clear();
        lastReportMicros = bootMicros.getAsLong();
    }

    private Sum sum(LossStage stage, EventType type, Hook hook, int cpu, long captureId) {
        Sum sum = sums.get(lookup.set(stage, type, hook, cpu, captureId));
        if (sum == null && sums.size() >= MAX_SUMS) {
            sum = sums.get(lookup.set(stage, type, hook, -1, 0));
        }
        if (sum == null) {
            sum = new Sum();
            sums.put(lookup.copy(), sum);
        }
        return sum;
    }

    /** Mutable, so that looking up allocates nothing. */
    private static final class Key {
        private LossStage stage = LossStage.UNKNOWN;
        private EventType type = EventType.UNKNOWN;
        private Hook hook = Hook.UNKNOWN;
        private int cpu;
        private long captureId;

        private Key set(LossStage newStage, EventType newType, Hook newHook, int newCpu, long newCaptureId) {
            stage = newStage;
            type = newType;
            hook = newHook;
            cpu = newCpu;
            captureId = newCaptureId;
            return this;
        }

        private Key copy() {
            return new Key().set(stage, type, hook, cpu, captureId);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && stage == key.stage
                    && type == key.type
                    && hook == key.hook
                    && cpu == key.cpu
                    && captureId == key.captureId;
        }

        @Override
        public int hashCode() {
            int hash = (stage.hashCode() * 31 + type.hashCode()) * 31 + hook.hashCode();
            return (hash * 31 + cpu) * 31 + Long.hashCode(captureId);
        }
    }

    private static final class Sum {
        private long count;
        private long priorityCount;
        private boolean unseen;
        private long firstSequence = Long.MAX_VALUE;
        private long lastSequence;
        private long fromMicros = Long.MAX_VALUE;
        private long toMicros;

        private void add(long moreCount, long morePriority) {
            count += moreCount;
            priorityCount += morePriority;
        }

        private void sequence(long sequence) {
            if (sequence <= 0) {
                unseen = true;
            }
            firstSequence = Math.min(firstSequence, sequence);
            lastSequence = Math.max(lastSequence, sequence);
        }

        private void from(long micros) {
            fromMicros = Math.min(fromMicros, micros);
        }

        private void to(long micros) {
            toMicros = Math.max(toMicros, micros);
        }

        private Loss toLoss(Key key) {
            return new Loss(
                    key.stage,
                    key.type,
                    key.hook,
                    key.cpu,
                    key.captureId,
                    count,
                    priorityCount,
                    unseen ? 0 : firstSequence,
                    unseen ? 0 : lastSequence,
                    fromMicros,
                    Math.max(fromMicros, toMicros));
        }
    }
}
