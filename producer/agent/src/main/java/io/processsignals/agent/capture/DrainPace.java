// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

/**
 * How long the reader sleeps before it looks into the ring again. Events are submitted without waking it, because a
 * wakeup costs the traced process some 15 us on a virtual machine; the kernel wakes it early only when the ring fills.
 *
 * <p>Busy, the pause is short so that the ring stays empty; with a few events it is still far below the latency that a
 * consumer sees; in silence it doubles up to a bound that costs next to no CPU, and nobody comes back before there is
 * something, or {@link #SILENCE_MILLIS} are over.
 */
final class DrainPace {
    /** More than this in one batch is busy. */
    static final int BUSY_BYTES = 16 * 1024;

    static final int BUSY_MILLIS = 2;
    static final int ACTIVE_MILLIS = 8;
    static final int QUIET_MILLIS = 100;

    /** How often what runs besides the ring is looked at in silence: losses, the heartbeat, the agent's own events. */
    static final int SILENCE_MILLIS = 1_000;

    private int millis = ACTIVE_MILLIS;

    /** The pause to take now, in milliseconds. */
    int millis() {
        return millis;
    }

    /** How long to wait, in pauses of {@link #millis}, if they bring nothing; milliseconds. */
    int silenceMillis() {
        return millis == QUIET_MILLIS ? SILENCE_MILLIS : millis;
    }

    /** Learns what the pause has brought. */
    void drained(int bytes) {
        if (bytes > BUSY_BYTES) {
            millis = BUSY_MILLIS;
        } else if (bytes > 0) {
            millis = ACTIVE_MILLIS;
        } else {
            millis = Math.min(millis * 2, QUIET_MILLIS);
        }
    }
}
