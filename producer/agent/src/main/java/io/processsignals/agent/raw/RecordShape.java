// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import org.jspecify.annotations.Nullable;

/**
 * What a record of one type has, by {@link RecordType}.
 *
 * @param hook that numbers it, one of {@link RawHook}; {@link #NO_HOOK} if the agent does
 * @param blockLength bytes before its variable parts
 * @param extendedBy with any of these {@link RecordFlags} it has {@code extendedLength} instead
 * @param extendedLength bytes
 */
record RecordShape(int hook, int blockLength, int extendedBy, int extendedLength) {
    static final int NO_HOOK = -1;

    private static final @Nullable RecordShape[] BY_TYPE = new RecordShape[256];

    static {
        put(RecordType.EXEC, RawHook.PROCESS_EXEC, ExecRecordFlyweight.BLOCK_LENGTH);
        put(RecordType.OOM_KILL, RawHook.OOM_MARK_VICTIM, OomRecordFlyweight.BLOCK_LENGTH);
        put(RecordType.CGROUP, RawHook.CGROUP, CgroupRecordFlyweight.BLOCK_LENGTH);
        put(RecordType.RUNNING, NO_HOOK, RunningRecordFlyweight.BLOCK_LENGTH);
        BY_TYPE[RecordType.EXIT] = new RecordShape(
                RawHook.PROCESS_EXIT,
                ExitRecordFlyweight.BLOCK_LENGTH,
                RecordFlags.CAUSE,
                ExitRecordFlyweight.LENGTH_WITH_CAUSE);
        BY_TYPE[RecordType.SIGNAL_SENT] = signal(RawHook.SIGNAL_GENERATE);
        BY_TYPE[RecordType.SIGNAL_DELIVERED] = signal(RawHook.SIGNAL_DELIVER);
    }

    /** Null if there is no such type. */
    static @Nullable RecordShape of(int type) {
        return BY_TYPE[type & 0xff];
    }

    private static void put(int type, int hook, int length) {
        BY_TYPE[type] = new RecordShape(hook, length, 0, length);
    }

    private static RecordShape signal(int hook) {
        return new RecordShape(
                hook,
                SignalRecordFlyweight.BLOCK_LENGTH,
                RecordFlags.SENDER | RecordFlags.CONTEXT,
                SignalRecordFlyweight.LENGTH_WITH_SENDER);
    }

    /** Bytes that a record with these {@link RecordFlags} has before its variable parts. */
    int minimum(int flags) {
        return (flags & extendedBy) == 0 ? blockLength : extendedLength;
    }
}
