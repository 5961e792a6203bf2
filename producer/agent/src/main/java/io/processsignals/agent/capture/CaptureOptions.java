// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel side is told once, before it is loaded.
 *
 * @param ringBytes size of the ring buffer: a power of two and a multiple of the page size
 * @param signalMask bit {@code n - 1} set: signal {@code n} is reported
 * @param execArgsMax bytes of an exec's arguments kept, 0 to {@value #EXEC_ARGS_LIMIT}; 0: none are read
 * @param signalsDelivered whether SIGNAL_DELIVERED events are made
 * @param rateLimit of bulk events, by cgroup
 * @param pinning where programs outlive the agent; null: they end with it
 */
public record CaptureOptions(
        long ringBytes,
        long signalMask,
        int execArgsMax,
        boolean signalsDelivered,
        RateLimit rateLimit,
        @Nullable Pinning pinning) {
    /**
     * @param perSecond bulk events that a cgroup may make in the long run; 0: no limit
     * @param burst how many at once above that
     */
    public record RateLimit(int perSecond, int burst) {
        public static final RateLimit NONE = new RateLimit(0, 0);

        public RateLimit {
            if (perSecond < 0 || burst < 0) {
                throw new IllegalArgumentException("a rate limit is not negative: " + perSecond + ", " + burst);
            }
        }
    }

    /**
     * @param folder in a bpf file system; its parent must exist
     * @param quietSeconds without an agent for so long, pinned programs fall silent; 0: never
     */
    public record Pinning(Path folder, int quietSeconds) {
        public Pinning {
            if (quietSeconds < 0) {
                throw new IllegalArgumentException("seconds are not negative: " + quietSeconds);
            }
        }
    }

    /** Without limit and without pinning. */
    public CaptureOptions(long ringBytes, long signalMask, int execArgsMax, boolean signalsDelivered) {
        this(ringBytes, signalMask, execArgsMax, signalsDelivered, RateLimit.NONE, null);
    }

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
