// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

/**
 * One field of one death, compared.
 *
 * @param part of the scene that the process played
 * @param field path in the event
 */
record Finding(String kind, String part, String field, String expected, String seen, Verdict verdict) {
    enum Verdict {
        /** As it truly was. */
        RIGHT,
        /** Left open where the kernel gives no evidence. */
        OPEN,
        /** Anything else: told wrongly, or not told although the kernel tells. */
        WRONG
    }

    @Override
    public String toString() {
        return kind + " (" + part + "): " + field + " should be " + expected + ", is " + seen;
    }
}
