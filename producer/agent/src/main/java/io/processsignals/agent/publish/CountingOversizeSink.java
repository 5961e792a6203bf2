// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.log.LogRecord;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.LossStage;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;

/** Keeps nothing: tells the identity of each record as lost. */
public final class CountingOversizeSink implements OversizeSink {
    private final LossListener losses;
    private final RecordDecoder decoder = new RecordDecoder();

    public CountingOversizeSink(LossListener losses) {
        this.losses = losses;
    }

    @Override
    public void accept(LogRecord record, String reason) {
        ProcessSignalEvent event;
        try {
            event = decoder.decode(record);
        } catch (EventDecodeException e) {
            Losses.tellUnidentified(losses, LossStage.OVERSIZE, record);
            return;
        }
        losses.lost(
                LossStage.OVERSIZE,
                event.getEventType(),
                isPriority(event),
                event.getHook(),
                event.getCpu(),
                event.getCaptureId(),
                event.getSequence(),
                event.getBootTime());
    }

    /** Deaths by signal, abnormal exits, OOM kills and lethal signals, as the event itself shows them. */
    private static boolean isPriority(ProcessSignalEvent event) {
        ExitInfo exit = event.getExitInfo();
        SignalInfo signal = event.getSignalInfo();
        return event.getEventType() == EventType.OOM_KILL
                || (exit != null && exit.getWaitStatus() != 0)
                || (signal != null && event.getEventType() == EventType.SIGNAL_SENT && signal.getFatal());
    }
}
