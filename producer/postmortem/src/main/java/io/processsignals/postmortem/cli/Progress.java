// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Supplier;

/** Says every few seconds how far a long run is. Thread-safe. */
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

    /** Says the line, unless something was said not long ago. */
    synchronized void sayIfDue(Supplier<String> line) {
        long now = clock.nanoTime();
        if (now - next > 0) {
            next = now + EVERY.toNanos();
            err.println("-- " + line.get());
            err.flush();
        }
    }
}
