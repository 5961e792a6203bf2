// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Words of 64 sequences by their number, in one array: a window of millions of events looks for one at each, and most
 * of that time is waiting for memory. Open addressing; nothing is ever removed.
 */
final class SequenceWords {
    /** Of a word: its number, a bit for each of its sequences seen, when the first and the last event of them was. */
    private static final int NUMBER = 0;

    private static final int BITS = 1;
    private static final int FIRST = 2;
    private static final int LAST = 3;
    private static final int STRIDE = 4;

    /** No number: those are sequences shifted right. */
    private static final long FREE = Long.MIN_VALUE;

    private static final long FACTOR = 0x9e3779b97f4a7c15L;
    private static final int NEIGHBOURS = 3;

    private long[] table = free(2);
    private int size;

    /**
     * @param number of its first sequence, shifted right by 6
     * @param bits not 0; the lowest is the first sequence's
     * @param first time of the first event among those seen
     */
    record Word(long number, long bits, long first, long last) {}

    /** Where the word is, for {@link #add} before the next insertion; negative if there is none. */
    int find(long number) {
        int at = slot(number);
        while (table[at + NUMBER] != number) {
            if (table[at + NUMBER] == FREE) {
                return -1;
            }
            at = (at + STRIDE) & (table.length - 1);
        }
        return at;
    }

    /** Adds a word that is not there, without a sequence. */
    int insert(long number) {
        if (++size > table.length / STRIDE / 2) {
            long[] old = table;
            table = free(old.length / STRIDE * 2);
            for (int from = 0; from < old.length; from += STRIDE) {
                if (old[from + NUMBER] != FREE) {
                    System.arraycopy(old, from, table, room(old[from + NUMBER]), STRIDE);
                }
            }
        }
        int at = room(number);
        table[at + NUMBER] = number;
        table[at + FIRST] = Long.MAX_VALUE;
        table[at + LAST] = Long.MIN_VALUE;
        return at;
    }

    /** @return false if all these sequences were there before */
    boolean add(int at, long bits, long first, long last) {
        long known = table[at + BITS];
        if ((bits & ~known) == 0) {
            return false;
        }
        table[at + BITS] = known | bits;
        table[at + FIRST] = Math.min(table[at + FIRST], first);
        table[at + LAST] = Math.max(table[at + LAST], last);
        return true;
    }

    /** By their numbers. */
    List<Word> sorted() {
        List<Word> words = new ArrayList<>(size);
        for (int at = 0; at < table.length; at += STRIDE) {
            if (table[at + NUMBER] != FREE) {
                words.add(new Word(table[at + NUMBER], table[at + BITS], table[at + FIRST], table[at + LAST]));
            }
        }
        words.sort(Comparator.comparingLong(Word::number));
        return words;
    }

    private int room(long number) {
        int at = slot(number);
        while (table[at + NUMBER] != FREE) {
            at = (at + STRIDE) & (table.length - 1);
        }
        return at;
    }

    /** Neighbours side by side, groups of them spread. */
    private int slot(long number) {
        long spread = (((number >> NEIGHBOURS) * FACTOR) >>> 32) << NEIGHBOURS;
        long neighbour = number & ((1 << NEIGHBOURS) - 1);
        return ((int) (spread + neighbour) * STRIDE) & (table.length - 1);
    }

    private static long[] free(int words) {
        long[] table = new long[words * STRIDE];
        for (int at = 0; at < table.length; at += STRIDE) {
            table[at + NUMBER] = FREE;
        }
        return table;
    }
}
