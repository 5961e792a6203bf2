// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.agent.raw.ExecRecordFlyweight;
import io.processsignals.agent.raw.ExitRecordFlyweight;
import io.processsignals.agent.raw.OomRecordFlyweight;
import io.processsignals.agent.raw.SignalRecordFlyweight;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import java.util.List;

/** What an event took in the ring, or would have taken. */
final class RingBytes {
    /** BPF_RINGBUF_HDR_SZ of the kernel's include/uapi/linux/bpf.h; records begin at multiples of it. */
    private static final int HEADER = 8;

    private RingBytes() {}

    /** 0 of an event that did not come through the ring. */
    static long of(ProcessSignalEvent event) {
        return switch (event.getEventType()) {
            case PROCESS_EXEC -> record(ExecRecordFlyweight.BLOCK_LENGTH + text(event.getExecInfo()));
            case PROCESS_EXIT -> exit(event.getExitInfo().getCause() != null);
            case SIGNAL_SENT, SIGNAL_DELIVERED ->
                signal(event.getSender() != null || event.getSignalInfo().getContext() != null);
            case OOM_KILL -> record(OomRecordFlyweight.BLOCK_LENGTH);
            default -> 0;
        };
    }

    /** At least: what a lost exec was given is not known. */
    static long of(LostInfo lost) {
        long bulk = lost.getCount() - lost.getPriorityCount();
        return switch (lost.getLostType()) {
            case PROCESS_EXEC -> lost.getCount() * record(ExecRecordFlyweight.BLOCK_LENGTH);
            case PROCESS_EXIT -> bulk * exit(false) + lost.getPriorityCount() * exit(true);
            case SIGNAL_SENT, SIGNAL_DELIVERED -> lost.getCount() * signal(lost.getLostType() == EventType.SIGNAL_SENT);
            case OOM_KILL -> lost.getCount() * record(OomRecordFlyweight.BLOCK_LENGTH);
            default -> 0;
        };
    }

    private static long exit(boolean withCause) {
        return record(withCause ? ExitRecordFlyweight.LENGTH_WITH_CAUSE : ExitRecordFlyweight.BLOCK_LENGTH);
    }

    private static long signal(boolean withSender) {
        return record(withSender ? SignalRecordFlyweight.LENGTH_WITH_SENDER : SignalRecordFlyweight.BLOCK_LENGTH);
    }

    private static int text(ExecInfo exec) {
        List<String> arguments = exec.getArguments();
        int ofArguments = arguments == null
                ? 0
                : arguments.stream()
                        .mapToInt(one -> one.getBytes(UTF_8).length + 1)
                        .sum();
        return exec.getFilename().getBytes(UTF_8).length + ofArguments;
    }

    private static long record(int length) {
        return HEADER + (length + HEADER - 1L) / HEADER * HEADER;
    }
}
