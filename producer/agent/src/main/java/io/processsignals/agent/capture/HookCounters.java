// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.raw.HookCountersFlyweight;
import io.processsignals.agent.raw.RawHook;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A snapshot of the kernel's counters: {@code struct ps_hook_counters[RawHook.COUNT][cpus]}, hook by hook. Reusable;
 * not thread-safe. Behind them stand {@code u64[RawHook.COUNT]}: runs of each hook's programs that the kernel skipped
 * because the program was already running on that CPU. They took no sequence.
 */
public final class HookCounters {
    private final int cpus;
    private final ByteBuffer buffer;
    private final HookCountersFlyweight flyweight = new HookCountersFlyweight();

    /** Makes room for the possible CPUs of the node, which is how many copies the kernel keeps of a per-CPU map. */
    public HookCounters(int cpus) {
        if (cpus < 1) {
            throw new IllegalArgumentException("a node has at least one CPU, not " + cpus);
        }
        this.cpus = cpus;
        this.buffer = ByteBuffer.allocateDirect(
                        RawHook.COUNT * (cpus * HookCountersFlyweight.BLOCK_LENGTH + Long.BYTES))
                .order(ByteOrder.nativeOrder());
    }

    public int cpus() {
        return cpus;
    }

    /** The memory that a {@link CaptureSource} fills: direct, native byte order, position 0. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * A view of one entry, valid until the next call.
     *
     * @param hook one of {@link RawHook}
     */
    public HookCountersFlyweight get(int hook, int cpu) {
        return flyweight.wrap(buffer, offset(hook, cpu));
    }

    /** Runs of the hook's programs that the kernel skipped, over all CPUs: events lost that have no sequence. */
    public long skippedRuns(int hook) {
        return buffer.getLong(RawHook.COUNT * cpus * HookCountersFlyweight.BLOCK_LENGTH + hook * Long.BYTES);
    }

    /** Where in {@link #buffer()} an entry begins. */
    public int offset(int hook, int cpu) {
        if (hook < 0 || hook >= RawHook.COUNT || cpu < 0 || cpu >= cpus) {
            throw new IndexOutOfBoundsException("hook " + hook + ", CPU " + cpu);
        }
        return (hook * cpus + cpu) * HookCountersFlyweight.BLOCK_LENGTH;
    }
}
