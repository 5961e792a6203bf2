// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

/**
 * What the kernel side is told once, before it is loaded.
 *
 * @param ringBytes size of the ring buffer: a power of two and a multiple of the page size
 * @param signalMask bit {@code n - 1} set: signal {@code n} is reported
 * @param execArgsMax bytes of an exec's arguments kept, 0 to {@value #EXEC_ARGS_LIMIT}; 0: none are read
 * @param signalsDelivered whether SIGNAL_DELIVERED events are made
 */
public record CaptureOptions(long ringBytes, long signalMask, int execArgsMax, boolean signalsDelivered) {
    /** {@code PS_ARGS_MAX}. */
    public static final int EXEC_ARGS_LIMIT = 4096;

    public CaptureOptions {
        if (ringBytes <= 0 || Long.bitCount(ringBytes) != 1) {
            throw new IllegalArgumentException("ring size must be a power of two, not " + ringBytes);
        }
        if (execArgsMax < 0 || execArgsMax > EXEC_ARGS_LIMIT) {
            throw new IllegalArgumentException(
                    "bytes of arguments must be 0 to " + EXEC_ARGS_LIMIT + ", not " + execArgsMax);
        }
    }
}
