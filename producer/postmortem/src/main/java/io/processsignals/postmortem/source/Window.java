// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.ProcessSignalEvent;
import java.time.Duration;
import java.time.Instant;

/**
 * A span of wall-clock time.
 *
 * @param from first instant in it
 * @param to first instant after it
 * @param late how much later a record of this time may have been written: a node that was cut off sends its events when
 *     it can
 */
public record Window(Instant from, Instant to, Duration late) {
    public boolean contains(ProcessSignalEvent event) {
        Instant time = event.getTimestamp();
        return !time.isBefore(from) && time.isBefore(to);
    }

    /** @param micros since the epoch */
    boolean contains(long micros) {
        return micros >= firstMicros(from) && micros < firstMicros(to);
    }

    /** The first whole microsecond that is not before. */
    private static long firstMicros(Instant time) {
        return time.getEpochSecond() * 1_000_000L + (time.getNano() + 999) / 1_000;
    }

    /** What lies in both; late as this one. */
    public Window within(Window other) {
        return new Window(from.isBefore(other.from) ? other.from : from, to.isAfter(other.to) ? other.to : to, late);
    }

    public Window later(Duration later) {
        return new Window(from, to, later);
    }

    /** Whether all of the other's time is in it. */
    public boolean covers(Window other) {
        return !from.isAfter(other.from) && !to.isBefore(other.to);
    }

    @Override
    public String toString() {
        return from + " to " + to;
    }
}
