// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;

/** Told of every event that had a sequence and will not reach the topic. Called on the thread that dropped it. */
@FunctionalInterface
public interface LossListener {
    /**
     * @param stage where it was lost
     * @param type what it was
     * @param priority whether it was a death, an OOM kill or a lethal signal
     * @param hook identity of the lost event, with {@code cpu}, {@code captureId} and {@code sequence}
     * @param bootTimeMicros when the event happened, microseconds of CLOCK_BOOTTIME; 0 if not known
     */
    void lost(
            LossStage stage,
            EventType type,
            boolean priority,
            Hook hook,
            int cpu,
            long captureId,
            long sequence,
            long bootTimeMicros);

    /** Events lost of which nothing can be read any more but how many they were. */
    default void lostUnread(LossStage stage, long count) {
        for (long i = 0; i < count; i++) {
            lost(stage, EventType.UNKNOWN, false, Hook.UNKNOWN, -1, 0, 0, 0);
        }
    }
}
