// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that somebody meant to type. */
final class NearestName {
    private NearestName() {}

    /**
     * The candidate with the smallest edit distance, the first of equals.
     *
     * @param maxDistance insertions, deletions, substitutions and swaps of neighbours allowed
     */
    static Optional<String> find(String name, Collection<String> candidates, int maxDistance) {
        String nearest = null;
        int smallest = maxDistance + 1;
        for (String candidate : candidates) {
            if (Math.abs(name.length() - candidate.length()) >= smallest) {
                continue; // a key may be of any length
            }
            int distance = distance(name, candidate);
            if (distance < smallest) {
                smallest = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Optimal string alignment distance. */
    static int distance(String a, String b) {
        int[] beforePrevious = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                current[j] = Math.min(Math.min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
                }
            }
            int[] oldest = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = oldest;
        }
        return previous[b.length()];
    }
}
