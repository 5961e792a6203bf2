// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Immutable text that keeps its UTF-8 form, so that putting it into an event neither copies nor allocates. */
public final class ConstantText {
    /** At least so long, so that a short text can be copied in pieces of fixed size. */
    private static final int MIN_CAPACITY = 16;

    public static final ConstantText EMPTY = new ConstantText("");

    private final String string;

    /** UTF-8 in {@code utf8[0, length)}. */
    final byte[] utf8;

    final int length;

    private ConstantText(String string) {
        byte[] exact = string.getBytes(StandardCharsets.UTF_8);
        this.string = string;
        this.utf8 = Arrays.copyOf(exact, Math.max(exact.length, MIN_CAPACITY));
        this.length = exact.length;
    }

    public static ConstantText of(String string) {
        return new ConstantText(string);
    }

    @Override
    public String toString() {
        return string;
    }
}
