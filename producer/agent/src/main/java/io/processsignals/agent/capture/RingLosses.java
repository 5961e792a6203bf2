// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.raw.HookCountersFlyweight;
import io.processsignals.agent.raw.RawHook;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Reads the kernel's counters and passes on by how much each count of lost events has grown. Capture thread only. */
final class RingLosses {
    /** {@code struct ps_reported}. */
    private static final int REPORTED_BYTES = 3 * Long.BYTES;

    private static final int PRIORITY_OFFSET = Long.BYTES;
    private static final int SKIPPED_RUNS_OFFSET = 2 * Long.BYTES;

    private final CaptureSource source;
    private final LossReporter reporter;
    private final LongSupplier bootMicros;
    private final HookCounters counters;
    private final long[] lost;
    private final long[] lostPriority;
    private final ByteBuffer reported;
    private final long[] skippedRuns = new long[RawHook.COUNT];
    private long lastReadMicros;

    /** @throws CaptureException if what was reported before cannot be read */
    RingLosses(CaptureSource source, LossReporter reporter, LongSupplier bootMicros) throws CaptureException {
        this.source = source;
        this.reporter = reporter;
        this.bootMicros = bootMicros;
        this.counters = new HookCounters(source.cpus());
        this.lost = new long[RawHook.COUNT * counters.cpus()];
        this.lostPriority = new long[lost.length];
        this.reported = ByteBuffer.allocateDirect(lost.length * REPORTED_BYTES).order(ByteOrder.nativeOrder());
        this.lastReadMicros = source.captureId();
        source.readReported(reported);
        for (int i = 0; i < lost.length; i++) {
            lost[i] = reported.getLong(i * REPORTED_BYTES);
            lostPriority[i] = reported.getLong(i * REPORTED_BYTES + PRIORITY_OFFSET);
        }
        for (int hook = 0; hook < RawHook.COUNT && source.isAdopted(); hook++) {
            skippedRuns[hook] = reported.getLong(skippedRunsAt(hook)); // new programs count from 0
        }
    }

    /** What {@link #read} has passed on is safe in the log: the next agent need not tell it again. */
    void keepReported() throws CaptureException {
        boolean changed = false;
        for (int i = 0; i < lost.length; i++) {
            if (reported.getLong(i * REPORTED_BYTES) != lost[i]) {
                reported.putLong(i * REPORTED_BYTES, lost[i]);
                reported.putLong(i * REPORTED_BYTES + PRIORITY_OFFSET, lostPriority[i]);
                changed = true;
            }
        }
        for (int hook = 0; hook < RawHook.COUNT; hook++) {
            if (reported.getLong(skippedRunsAt(hook)) != skippedRuns[hook]) {
                reported.putLong(skippedRunsAt(hook), skippedRuns[hook]);
                changed = true;
            }
        }
        if (changed) {
            source.writeReported(reported);
        }
    }

    private int skippedRunsAt(int hook) {
        return hook * counters.cpus() * REPORTED_BYTES + SKIPPED_RUNS_OFFSET;
    }

    void read() {
        source.readCounters(counters);
        long now = bootMicros.getAsLong();
        for (int hook = 0; hook < RawHook.COUNT; hook++) {
            for (int cpu = 0; cpu < counters.cpus(); cpu++) {
                readRing(hook, cpu, now);
            }
            readSkippedRuns(hook, now);
        }
        lastReadMicros = now;
    }

    private void readRing(int hook, int cpu, long now) {
        HookCountersFlyweight current = counters.get(hook, cpu);
        int index = hook * counters.cpus() + cpu;
        long grown = current.lost() - lost[index];
        if (grown <= 0) {
            return;
        }
        // The kernel adds to one after the other: a reader may see an event in only one of them.
        long grownPriority = Math.min(grown, Math.max(0, current.lostPriority() - lostPriority[index]));
        lost[index] += grown;
        lostPriority[index] += grownPriority;
        reporter.lostUnseen(
                LossStage.RING,
                KernelHooks.type(hook),
                KernelHooks.hook(hook),
                cpu,
                source.captureId(),
                grown,
                grownPriority,
                lastReadMicros,
                Math.max(lastReadMicros, Math.min(now, TimeUnit.NANOSECONDS.toMicros(current.lastLostNs()))));
    }

    /** The kernel does not run a program that it has interrupted: these events took no sequence on any CPU. */
    private void readSkippedRuns(int hook, long now) {
        long grown = counters.skippedRuns(hook) - skippedRuns[hook];
        if (grown <= 0 || KernelHooks.hook(hook) == Hook.UNKNOWN) {
            return;
        }
        skippedRuns[hook] += grown;
        reporter.lostUnseen(
                LossStage.UNKNOWN,
                KernelHooks.type(hook),
                KernelHooks.hook(hook),
                -1,
                source.captureId(),
                grown,
                0,
                lastReadMicros,
                now);
    }
}
