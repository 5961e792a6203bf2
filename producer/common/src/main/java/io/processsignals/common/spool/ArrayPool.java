// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.util.Arrays;

/**
 * Arrays that are not needed any more, by length. Keys and bodies leave as arrays of just their length, and of lengths
 * there are some hundred: the same arrays stay in the processor's cache, where a new one would be cleared, and fetched
 * from memory, only to be written over. Not thread-safe.
 */
final class ArrayPool {
    /** Longer ones are rare, and not kept. */
    private static final int LONGEST = 2_048;

    private static final byte[][] EMPTY = {};

    private final int maxBytes;
    private final byte[][][] kept = new byte[LONGEST + 1][][];
    private final int[] counts = new int[LONGEST + 1];
    private int bytes;

    /** @param maxBytes what the arrays it keeps may hold in all */
    ArrayPool(int maxBytes) {
        this.maxBytes = maxBytes;
        Arrays.fill(kept, EMPTY);
    }

    /** An array of that length; what it holds is anything. */
    byte[] take(int length) {
        if (length > LONGEST || counts[length] == 0) {
            return new byte[length];
        }
        bytes -= length;
        return kept[length][--counts[length]];
    }

    /** Takes an array over, which nobody else may look at any more. */
    void give(byte[] array) {
        int length = array.length;
        if (length > LONGEST) {
            return;
        }
        if (bytes + length > maxBytes) {
            clear(); // lengths that events no longer have would fill it for ever
        }
        int count = counts[length];
        if (count == kept[length].length) {
            kept[length] = Arrays.copyOf(kept[length], Math.max(4, 2 * count));
        }
        kept[length][count] = array;
        counts[length] = count + 1;
        bytes += length;
    }

    private void clear() {
        Arrays.fill(kept, EMPTY);
        Arrays.fill(counts, 0);
        bytes = 0;
    }
}
