// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A snapshot of the kernel's counters: {@code struct ps_hook_counters[HOOKS][cpus]} of
 * {@code process_signals_events.h}, hook-major. Reusable; not thread-safe.
 *
 * <pre>
 *  offset of (hook, cpu) = (hook * cpus + cpu) * COUNTERS_LENGTH
 *   0  sequence       the last number given out
 *   8  lost           of these, not written to the ring
 *  16  lost_priority  of lost: deaths by signal, abnormal exits, OOM, lethal signals
 *  24  last_lost_ns   nanoseconds of CLOCK_BOOTTIME when the last one was lost
 * </pre>
 */
public final class HookCounters {
    /** {@code PS_HOOK_COUNT}. */
    public static final int HOOKS = 7;

    /** {@code sizeof(struct ps_hook_counters)}. */
    public static final int COUNTERS_LENGTH = 32;

    private static final int SEQUENCE_OFFSET = 0;
    private static final int LOST_OFFSET = 8;
    private static final int LOST_PRIORITY_OFFSET = 16;
    private static final int LAST_LOST_NS_OFFSET = 24;

    private final int cpus;
    private final ByteBuffer buffer;

    /** @param cpus possible CPUs of the node, as the kernel sizes its per-CPU maps */
    public HookCounters(int cpus) {
        if (cpus < 1) {
            throw new IllegalArgumentException("a node has at least one CPU, not " + cpus);
        }
        this.cpus = cpus;
        this.buffer = ByteBuffer.allocateDirect(HOOKS * cpus * COUNTERS_LENGTH).order(ByteOrder.nativeOrder());
    }

    public int cpus() {
        return cpus;
    }

    /** The memory that a {@link CaptureSource} fills: direct, native byte order, position 0. */
    public ByteBuffer buffer() {
        return buffer;
    }

    public long sequence(int hook, int cpu) {
        return buffer.getLong(offset(hook, cpu) + SEQUENCE_OFFSET);
    }

    public long lost(int hook, int cpu) {
        return buffer.getLong(offset(hook, cpu) + LOST_OFFSET);
    }

    public long lostPriority(int hook, int cpu) {
        return buffer.getLong(offset(hook, cpu) + LOST_PRIORITY_OFFSET);
    }

    /** Nanoseconds of CLOCK_BOOTTIME; 0 if nothing was ever lost. */
    public long lastLostNanos(int hook, int cpu) {
        return buffer.getLong(offset(hook, cpu) + LAST_LOST_NS_OFFSET);
    }

    /** Writes one entry; for sources that do not fill {@link #buffer} in one copy. */
    public void set(int hook, int cpu, long sequence, long lost, long lostPriority, long lastLostNanos) {
        int offset = offset(hook, cpu);
        buffer.putLong(offset + SEQUENCE_OFFSET, sequence);
        buffer.putLong(offset + LOST_OFFSET, lost);
        buffer.putLong(offset + LOST_PRIORITY_OFFSET, lostPriority);
        buffer.putLong(offset + LAST_LOST_NS_OFFSET, lastLostNanos);
    }

    private int offset(int hook, int cpu) {
        if (cpu < 0 || cpu >= cpus) {
            throw new IndexOutOfBoundsException(cpu);
        }
        return (hook * cpus + cpu) * COUNTERS_LENGTH;
    }
}
