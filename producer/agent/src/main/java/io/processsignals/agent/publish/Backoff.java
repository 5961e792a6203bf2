// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Growing pauses, each somewhere between a half and the whole of its length so that a fleet does not move in step. */
final class Backoff {
    private final long minNanos;
    private final long maxNanos;
    private long nextNanos;

    Backoff(Duration min, Duration max) {
        this.minNanos = min.toNanos();
        this.maxNanos = Math.max(minNanos, max.toNanos());
        this.nextNanos = minNanos;
    }

    /** Length of the next pause, nanoseconds. */
    long next() {
        long length = nextNanos;
        nextNanos = Math.min(maxNanos, length * 2);
        return length / 2 + ThreadLocalRandom.current().nextLong(length / 2 + 1);
    }

    void reset() {
        nextNanos = minNanos;
    }
}
