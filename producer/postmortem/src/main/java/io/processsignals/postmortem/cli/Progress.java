// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Says every few seconds how far a long run is. Thread-safe. */
final class Progress {
    private static final Duration EVERY = Duration.ofSeconds(2);

    private final PrintWriter err;
    private final LongSupplier nanoTime;
    private long next;

    Progress(PrintWriter err) {
        this(err, System::nanoTime);
    }

    /** @param nanoTime nanoseconds from any origin */
    Progress(PrintWriter err, LongSupplier nanoTime) {
        this.err = err;
        this.nanoTime = nanoTime;
        this.next = nanoTime.getAsLong() + EVERY.toNanos();
    }

    /** Says the line, unless something was said not long ago. */
    synchronized void sayIfDue(Supplier<String> line) {
        long now = nanoTime.getAsLong();
        if (now - next > 0) {
            next = now + EVERY.toNanos();
            err.println("-- " + line.get());
            err.flush();
        }
    }
}
