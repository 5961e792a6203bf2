// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

/** Mutable {@code int} of an event that may be absent. */
public final class NullableInt {
    private int value;
    private boolean present;

    public void clear() {
        present = false;
    }

    public void set(int value) {
        this.value = value;
        present = true;
    }

    public boolean isPresent() {
        return present;
    }

    /** The value; 0 if absent. */
    public int get() {
        return present ? value : 0;
    }
}
