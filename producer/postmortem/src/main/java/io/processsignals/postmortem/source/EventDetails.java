// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.Container;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import org.jspecify.annotations.Nullable;

/** What filters ask about an event beyond its head. Reused: valid until the next one is read. */
public final class EventDetails {
    /** No signal: none has this number. */
    private static final int NONE = 0;

    @Nullable
    String containerId;

    @Nullable
    String podNamespace;

    @Nullable
    String podName;

    int exitCode;
    int exitSignal;
    int sentSignal;
    boolean fatal;

    EventDetails() {}

    static EventDetails of(ProcessSignalEvent event) {
        EventDetails details = new EventDetails();
        Container container = event.getContainer();
        if (container != null) {
            details.containerId = container.getContainerId();
            details.podNamespace = container.getPodNamespace();
            details.podName = container.getPodName();
        }
        ExitInfo exit = event.getExitInfo();
        if (exit != null) {
            details.exitCode = exit.getCode();
            details.exitSignal = exit.getSignal() == null ? NONE : exit.getSignal();
        }
        SignalInfo signal = event.getSignalInfo();
        if (signal != null) {
            details.sentSignal = signal.getSignal();
            details.fatal = signal.getFatal();
        }
        return details;
    }

    void clear() {
        containerId = null;
        podNamespace = null;
        podName = null;
        exitCode = 0;
        exitSignal = NONE;
        sentSignal = NONE;
        fatal = false;
    }

    public @Nullable String containerId() {
        return containerId;
    }

    public @Nullable String podNamespace() {
        return podNamespace;
    }

    public @Nullable String podName() {
        return podName;
    }

    /** 0 also where the event is no exit. */
    public int exitCode() {
        return exitCode;
    }

    /** The signal that ended it, or 0. */
    public int exitSignal() {
        return exitSignal;
    }

    /** The signal that was sent, or 0. */
    public int sentSignal() {
        return sentSignal;
    }

    /** Whether the signal that was sent ends the process. */
    public boolean fatal() {
        return fatal;
    }
}
