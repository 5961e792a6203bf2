// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.common.log.EncodedEvent;

/** Events that the agent makes itself. Asked by the capture thread, the only one that appends to the log. */
@FunctionalInterface
public interface AgentEventSource {
    /** Fills {@code out} with the next event; false if there is none now. Does not wait. */
    boolean next(EncodedEvent out);
}
