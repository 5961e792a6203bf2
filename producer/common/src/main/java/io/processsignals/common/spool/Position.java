// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

/** A record's position: {@code segment number << 32 | index in the segment}. */
final class Position {
    private Position() {}

    static long of(long segment, int index) {
        return segment << 32 | index;
    }

    static long segment(long position) {
        return position >>> 32;
    }

    static int index(long position) {
        return (int) position;
    }
}
