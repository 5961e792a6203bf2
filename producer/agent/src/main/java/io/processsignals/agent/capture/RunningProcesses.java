// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.ProcessFlyweight;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.raw.RunningRecordFlyweight;
import io.processsignals.common.log.EncodedEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PROCESS_RUNNING event for each process that lives when the agent starts, from the kernel's task iterator. Read
 * once, after the hooks are attached: a process that is born or dies meanwhile is seen by them, and one that was born
 * later is none of these.
 */
public final class RunningProcesses implements AgentEventSource {
    private static final Logger LOG = LoggerFactory.getLogger(RunningProcesses.class);

    private static final int BATCH_BYTES = 64 * 1024;

    private final NativeCapture capture;
    private final EventAssembler assembler;
    private final long attachedNs;
    private final RecordHeaderFlyweight header = new RecordHeaderFlyweight();
    private final RunningRecordFlyweight running = new RunningRecordFlyweight();
    private final ProcessFlyweight process = new ProcessFlyweight();
    private ByteBuffer batch = ByteBuffer.allocateDirect(BATCH_BYTES).order(ByteOrder.nativeOrder());
    private int offset;
    private int bytes;
    private boolean ended;

    /**
     * @param assembler also the capture loop's: both are used by the capture thread only
     * @param attachedNs a time at which the hooks were attached, CLOCK_BOOTTIME
     */
    public RunningProcesses(NativeCapture capture, EventAssembler assembler, long attachedNs) {
        this.capture = capture;
        this.assembler = assembler;
        this.attachedNs = attachedNs;
    }

    @Override
    public boolean next(EncodedEvent out) {
        while (!ended) {
            if (offset >= bytes && !fill()) {
                return false;
            }
            int at = offset;
            try {
                int length = header.wrap(batch, at).length();
                offset += length;
                if (!isBornLater(at, length) && assembler.assemble(batch, at, out)) {
                    return true;
                }
            } catch (MalformedRecordException e) {
                end("a malformed record: " + e.getMessage());
            }
        }
        return false;
    }

    private boolean isBornLater(int at, int length) {
        return length == RunningRecordFlyweight.BLOCK_LENGTH
                && running.wrap(batch, at).process(process).startNs() > attachedNs;
    }

    private boolean fill() {
        try {
            offset = 0;
            batch.clear();
            bytes = capture.readRunning(batch);
            batch.limit(bytes);
            if (bytes > 0) {
                return true;
            }
            ended = true;
            batch = ByteBuffer.allocate(0);
        } catch (CaptureException e) {
            end(String.valueOf(e.getMessage()));
        }
        return false;
    }

    private void end(String reason) {
        ended = true;
        LOG.warn("Processes from before the agent are not reported: {}", reason);
    }
}
