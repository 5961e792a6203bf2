// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.common.codec.EncodedRun;
import org.jspecify.annotations.Nullable;

/**
 * Remembers encoded fields by two numbers that together decide what they say. Of fixed size: a run pushes out the one
 * that was in its slot, whose memory it takes over. Used by one thread.
 */
final class RunTable {
    private static final int SLOT_BITS = 6;
    private static final int SLOTS = 1 << SLOT_BITS;

    private final long[] firsts = new long[SLOTS];
    private final long[] seconds = new long[SLOTS];
    private final @Nullable EncodedRun[] runs = new EncodedRun[SLOTS]; // null: free

    /** Null if it is not known: {@link #put} it then. */
    @Nullable
    EncodedRun find(long first, long second) {
        int slot = slot(first, second);
        return firsts[slot] == first && seconds[slot] == second ? runs[slot] : null;
    }

    /** The run to be filled for these numbers; no event may refer to one that was found before. */
    EncodedRun put(long first, long second) {
        int slot = slot(first, second);
        EncodedRun run = runs[slot];
        if (run == null) {
            run = new EncodedRun();
            runs[slot] = run;
        }
        firsts[slot] = first;
        seconds[slot] = second;
        return run;
    }

    private static int slot(long first, long second) {
        long mixed = (first * 31 + second) * 0x9e3779b97f4a7c15L; // Fibonacci hashing: the numbers are small
        return (int) (mixed >>> (Long.SIZE - SLOT_BITS));
    }
}
