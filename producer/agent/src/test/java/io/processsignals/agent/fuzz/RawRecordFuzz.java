// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import io.processsignals.agent.assemble.AgentSequence;
import io.processsignals.agent.assemble.ArgumentPolicy;
import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.RawHook;
import io.processsignals.agent.raw.RawLayout;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.raw.RecordType;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.log.EncodedEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A batch of raw records as the capture loop reads it: nothing but {@link MalformedRecordException} is thrown, every
 * step leads on, and what is assembled is a whole event.
 *
 * <p>The first byte of the input says whether the rest is the batch as it is, or one record whose header is put right,
 * so that the fields behind it are reached as well.
 */
public final class RawRecordFuzz {
    private static final byte[] HOOKS = {
        RawHook.PROCESS_EXEC,
        RawHook.PROCESS_EXIT,
        RawHook.SIGNAL_GENERATE,
        RawHook.SIGNAL_DELIVER,
        RawHook.OOM_MARK_VICTIM,
        RawHook.CGROUP,
        0
    };
    private static final byte[] TYPES = {
        RecordType.EXEC,
        RecordType.EXIT,
        RecordType.SIGNAL_SENT,
        RecordType.SIGNAL_DELIVERED,
        RecordType.OOM_KILL,
        RecordType.CGROUP,
        RecordType.RUNNING
    };
    private static final int ALIGNMENT = 8;
    private static final int MAX_CGROUPS = 64;
    private static final int PAGE_SIZE = 4096;

    private static final ByteBuffer BATCH = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.nativeOrder());
    private static final RecordHeaderFlyweight HEADER = new RecordHeaderFlyweight();
    private static final EncodedEvent EVENT = new EncodedEvent();
    private static final EventDecoder DECODER = new EventDecoder();
    private static final ClockPair CLOCKS = sample -> {
        sample[ClockPair.BOOT] = 50_000_000_000L;
        sample[ClockPair.REAL] = 1_700_000_050_000_000_000L;
    };
    private static final EventAssembler ASSEMBLER = new EventAssembler(
            new NodeIdentity(Optional.empty(), ConstantText.of("node"), ConstantText.of("boot")),
            new EpochClock(CLOCKS, Duration.ofSeconds(1).toNanos()),
            new Cgroups(
                    new CgroupHierarchy(0, Optional.empty(), Optional.empty()),
                    Path.of("/proc"),
                    MAX_CGROUPS,
                    Duration.ofMinutes(1)),
            new AgentSequence(1),
            ArgumentPolicy.REDACTED,
            PAGE_SIZE);

    private RawRecordFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0 || input.length > BATCH.capacity()) {
            return;
        }
        BATCH.clear().put(input, 1, input.length - 1).flip();
        if (input[0] < 0) {
            putRight(input[0] & 0x7f);
        }
        int offset = 0;
        while (offset < BATCH.limit()) {
            int step = step(offset);
            if (step <= 0 || step > BATCH.limit() - offset) {
                throw new IllegalStateException("a step of " + step + " at " + offset + " of " + BATCH.limit());
            }
            offset += step;
        }
    }

    private static int step(int offset) {
        try {
            if (ASSEMBLER.assemble(BATCH, offset, EVENT)) {
                DECODER.decode(EVENT.value, 0, EVENT.valueLength);
            }
        } catch (MalformedRecordException e) {
            return e.skipBytes() > 0 ? e.skipBytes() : BATCH.limit() - offset;
        } catch (EventDecodeException e) {
            throw new IllegalStateException(e);
        }
        return HEADER.wrap(BATCH, offset).length();
    }

    private static void putRight(int choice) {
        int length = BATCH.limit() / ALIGNMENT * ALIGNMENT;
        if (length < RecordHeaderFlyweight.HEADER_LENGTH) {
            return;
        }
        int type = choice % TYPES.length;
        BATCH.limit(length);
        BATCH.putInt(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET, length);
        BATCH.putShort(RecordHeaderFlyweight.LAYOUT_VERSION_FIELD_OFFSET, (short) RawLayout.LAYOUT_VERSION);
        BATCH.put(RecordHeaderFlyweight.TYPE_FIELD_OFFSET, TYPES[type]);
        BATCH.put(RecordHeaderFlyweight.HOOK_FIELD_OFFSET, HOOKS[type]);
        BATCH.put(RecordHeaderFlyweight.CPU_FIELD_OFFSET + 3, (byte) 0); // whichever end is the sign
        BATCH.put(RecordHeaderFlyweight.CPU_FIELD_OFFSET, (byte) 0);
    }
}
