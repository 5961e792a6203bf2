// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;

/**
 * What identifies a process: pids are used again, these four together are not.
 *
 * @param tgid process id in the initial pid namespace
 * @param startTime microseconds of CLOCK_BOOTTIME
 */
public record ProcessId(String node, String bootId, int tgid, long startTime) {
    /** The process that an event is about. */
    public static ProcessId of(ProcessSignalEvent event) {
        return new ProcessId(event.getNode(), event.getBootId(), event.getTgid(), event.getStartTime());
    }

    /** Another process that the event speaks of. */
    static ProcessId of(ProcessSignalEvent event, ProcessReference other) {
        return new ProcessId(event.getNode(), event.getBootId(), other.getTgid(), other.getStartTime());
    }

    /** The parent, as it was when the event was made. */
    public static ProcessId parent(ProcessSignalEvent event) {
        return new ProcessId(event.getNode(), event.getBootId(), event.getPpid(), event.getParentStartTime());
    }
}
