// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that somebody meant to type. */
public final class NearestName {
    private NearestName() {}

    /**
     * The candidate with the smallest edit distance, the first of equals.
     *
     * @param maxDistance insertions, deletions, substitutions and swaps of neighbours allowed
     */
    public static Optional<String> find(String name, Collection<String> candidates, int maxDistance) {
        String nearest = null;
        int smallest = maxDistance + 1;
        for (String candidate : candidates) {
            if (Math.abs(name.length() - candidate.length()) >= smallest) {
                continue; // a key may be of any length
            }
            int distance = distance(name, candidate, smallest - 1);
            if (distance < smallest) {
                smallest = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Optimal string alignment distance; {@code most + 1} if it is more than that. */
    static int distance(String a, String b, int most) {
        int[] beforePrevious = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        int leastOfPrevious = 0;
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            int least = i;
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                current[j] = Math.min(Math.min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
                }
                least = Math.min(least, current[j]);
            }
            if (Math.min(least, leastOfPrevious) > most) {
                return most + 1; // a row is made of the two before it
            }
            leastOfPrevious = least;
            int[] oldest = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = oldest;
        }
        return Math.min(previous[b.length()], most + 1);
    }
}
