// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

/**
 * Numbers the events that the agent makes itself, from 1 without holes for one life of its process. Capture thread
 * only.
 */
public final class AgentSequence {
    private final long captureId;
    private long last;

    /** @param captureId microseconds of CLOCK_BOOTTIME when this process started */
    public AgentSequence(long captureId) {
        this.captureId = captureId;
    }

    /** Part of the identity of every event numbered here. */
    public long captureId() {
        return captureId;
    }

    long next() {
        return ++last;
    }
}
