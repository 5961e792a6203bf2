// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.common.codec.MutableEvent;
import io.processsignals.events.EventType;
import io.processsignals.events.LossStage;

/** Counts what the capture loop does. */
public interface CaptureObserver {
    /** Counts nothing. */
    CaptureObserver NONE = new CaptureObserver() {
        @Override
        public void processed(MutableEvent event) {}

        @Override
        public void processed(EventType type) {}

        @Override
        public void lost(LossStage stage, EventType type, long count) {}
    };

    /** The log took an event of the kernel, valid during the call. Capture thread; must not allocate. */
    void processed(MutableEvent event);

    /** The log took an event that the agent made itself. Capture thread. */
    void processed(EventType type);

    /** Events were lost. Any thread. */
    void lost(LossStage stage, EventType type, long count);

    /** The wall clock was set. Capture thread. */
    default void clockStepped() {}

    /** Programs that another build or configuration had pinned were found, and replaced. */
    default void pinnedProgramsReplaced() {}
}
