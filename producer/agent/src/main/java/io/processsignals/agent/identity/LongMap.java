// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import org.jspecify.annotations.Nullable;

/**
 * A map from {@code long} to objects that never boxes a key: open addressing, linear probing, at most half full.
 * Removal closes the gap, so that no tombstones gather. The owner bounds its size. Not thread-safe.
 */
final class LongMap<V> {
    private static final int INITIAL_SLOTS = 64;

    private long[] keys = new long[INITIAL_SLOTS];
    private @Nullable Object[] values = new @Nullable Object[INITIAL_SLOTS];
    private int size;

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // only put() stores values
    @Nullable
    V get(long key) {
        return (V) values[slot(key)];
    }

    void put(long key, V value) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        int slot = slot(key);
        if (values[slot] == null) {
            size++;
        }
        keys[slot] = key;
        values[slot] = value;
    }

    void remove(long key) {
        int gap = slot(key);
        if (values[gap] == null) {
            return;
        }
        size--;
        int mask = keys.length - 1;
        int next = gap;
        while (true) {
            next = (next + 1) & mask;
            if (values[next] == null) {
                break;
            }
            int home = home(keys[next], mask);
            // The entry may fill the gap only if its home does not lie behind the gap, cyclically.
            if (((next - home) & mask) >= ((next - gap) & mask)) {
                keys[gap] = keys[next];
                values[gap] = values[next];
                gap = next;
            }
        }
        values[gap] = null;
    }

    /** The slot that holds the key, or the free one where it belongs. */
    private int slot(long key) {
        int mask = keys.length - 1;
        int slot = home(key, mask);
        while (values[slot] != null && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static int home(long key, int mask) {
        long mixed = key * 0x9e3779b97f4a7c15L; // Fibonacci hashing: ids are mostly consecutive
        return (int) (mixed >>> 32) & mask;
    }

    @SuppressWarnings("unchecked") // only put() stores values
    private void grow() {
        long[] oldKeys = keys;
        @Nullable Object[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new @Nullable Object[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            Object value = oldValues[i];
            if (value != null) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = value;
            }
        }
    }
}
