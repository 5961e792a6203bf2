// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.log.LogRecord;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;

/** Tells of lost records whose identity cannot be read. */
final class Losses {
    private Losses() {}

    static void tellUnidentified(LossListener losses, LossStage stage, LogRecord record) {
        losses.lost(stage, record.type(), false, Hook.UNKNOWN, -1, 0, 0, 0);
    }
}
