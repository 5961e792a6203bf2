// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.io.PrintWriter;
import java.time.Duration;

/** Says every few seconds how far a long run is. */
final class Progress {
    private static final Duration EVERY = Duration.ofSeconds(2);

    private final PrintWriter err;
    private final Clock clock;
    private long next;

    /** Nanoseconds from any origin. */
    @FunctionalInterface
    interface Clock {
        long nanoTime();
    }

    Progress(PrintWriter err) {
        this(err, System::nanoTime);
    }

    Progress(PrintWriter err, Clock clock) {
        this.err = err;
        this.clock = clock;
        this.next = clock.nanoTime() + EVERY.toNanos();
    }

    /** @return whether it is time to {@link #say} something again */
    boolean isDue() {
        return clock.nanoTime() - next > 0;
    }

    void say(String line) {
        next = clock.nanoTime() + EVERY.toNanos();
        err.println("-- " + line);
        err.flush();
    }
}
