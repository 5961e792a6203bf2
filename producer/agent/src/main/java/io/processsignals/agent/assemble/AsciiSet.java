// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

/** Some ASCII characters: one look for each byte of a text, whatever the characters are. */
final class AsciiSet {
    /** Bit n of element n / 64: character n is in it. */
    private final long[] bits = new long[2];

    private AsciiSet() {}

    /** @param characters ASCII only */
    static AsciiSet of(String characters) {
        AsciiSet set = new AsciiSet();
        characters.chars().forEach(c -> set.bits[c / Long.SIZE] |= 1L << c);
        return set;
    }

    boolean contains(byte b) {
        return b >= 0 && (bits[b / Long.SIZE] >>> b & 1) != 0;
    }
}
