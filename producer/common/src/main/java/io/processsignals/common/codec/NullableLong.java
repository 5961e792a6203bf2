// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

/** Mutable {@code long} of an event that may be absent. */
public final class NullableLong {
    private long value;
    private boolean present;

    public void clear() {
        present = false;
    }

    public void set(long value) {
        this.value = value;
        present = true;
    }

    public boolean isPresent() {
        return present;
    }

    /** The value; 0 if absent. */
    public long get() {
        return present ? value : 0;
    }
}
