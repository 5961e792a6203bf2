// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.common.codec.MutableEvent;
import io.processsignals.events.EventType;
import io.processsignals.events.LossStage;
import java.util.concurrent.atomic.AtomicLong;

/** Adds up what was lost. */
record CountingObserver(AtomicLong lost) implements CaptureObserver {
    @Override
    public void processed(MutableEvent event) {}

    @Override
    public void processed(EventType type) {}

    @Override
    public void lost(LossStage stage, EventType type, long count) {
        lost.addAndGet(count);
    }
}
