// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

/** Reads the kernel's clock and the wall clock at the same moment. */
@FunctionalInterface
public interface ClockPair {
    /** Index of nanoseconds of CLOCK_BOOTTIME in a sample. */
    int BOOT = 0;

    /** Index of nanoseconds of CLOCK_REALTIME, since the epoch, in a sample. */
    int REAL = 1;

    /**
     * Takes a sample. An implementation brackets the wall clock between two readings of the kernel's and gives their
     * middle, so that being interrupted between them is seen and costs accuracy, not truth.
     *
     * @param sample filled at {@link #BOOT} and {@link #REAL}
     */
    void sample(long[] sample);
}
