// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.nio.charset.StandardCharsets;

/** Immutable text that keeps its UTF-8 form, so that putting it into an event neither copies nor allocates. */
public final class ConstantText {
    public static final ConstantText EMPTY = new ConstantText("");

    private final String string;
    final byte[] utf8;

    private ConstantText(String string) {
        this.string = string;
        this.utf8 = string.getBytes(StandardCharsets.UTF_8);
    }

    public static ConstantText of(String string) {
        return new ConstantText(string);
    }

    @Override
    public String toString() {
        return string;
    }
}
