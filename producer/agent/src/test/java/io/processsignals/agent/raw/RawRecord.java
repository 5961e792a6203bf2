// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds raw records byte by byte, as the kernel side writes them. For tests. */
public final class RawRecord {
    private static final int CAPACITY = 144 + 2 * 65536;

    private final ByteBuffer bytes = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

    private RawRecord(int type, int hook, int length) {
        put32(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET, length);
        put16(RecordHeaderFlyweight.LAYOUT_VERSION_FIELD_OFFSET, RawLayout.LAYOUT_VERSION);
        put8(RecordHeaderFlyweight.TYPE_FIELD_OFFSET, type);
        put8(RecordHeaderFlyweight.HOOK_FIELD_OFFSET, hook);
        header(0, 1, 1_000_000_000L, 42);
    }

    public static RawRecord exec(byte[] filename, byte[] args) {
        int length = align(ExecRecordFlyweight.BLOCK_LENGTH + filename.length + args.length);
        RawRecord record = new RawRecord(RecordType.EXEC, RawHook.PROCESS_EXEC, length);
        record.put16(ExecRecordFlyweight.FILENAME_LEN_FIELD_OFFSET, filename.length);
        record.put16(ExecRecordFlyweight.ARGS_LEN_FIELD_OFFSET, args.length);
        record.put32(ExecRecordFlyweight.ARGS_TOTAL_FIELD_OFFSET, args.length);
        record.putBytes(ExecRecordFlyweight.BLOCK_LENGTH, filename);
        record.putBytes(ExecRecordFlyweight.BLOCK_LENGTH + filename.length, args);
        return record;
    }

    public static RawRecord exit(int waitStatus) {
        return new RawRecord(RecordType.EXIT, RawHook.PROCESS_EXIT, ExitRecordFlyweight.BLOCK_LENGTH)
                .put32(ExitRecordFlyweight.WAIT_STATUS_FIELD_OFFSET, waitStatus);
    }

    public static RawRecord signalSent(int signal, int code) {
        return signal(RecordType.SIGNAL_SENT, RawHook.SIGNAL_GENERATE, signal, code);
    }

    public static RawRecord signalDelivered(int signal, int code) {
        return signal(RecordType.SIGNAL_DELIVERED, RawHook.SIGNAL_DELIVER, signal, code);
    }

    private static RawRecord signal(int type, int hook, int signal, int code) {
        return new RawRecord(type, hook, SignalRecordFlyweight.BLOCK_LENGTH)
                .put32(SignalRecordFlyweight.SIGNAL_FIELD_OFFSET, signal)
                .put32(SignalRecordFlyweight.CODE_FIELD_OFFSET, code);
    }

    public static RawRecord oomKill() {
        return new RawRecord(RecordType.OOM_KILL, RawHook.OOM_MARK_VICTIM, OomRecordFlyweight.BLOCK_LENGTH);
    }

    public static RawRecord running() {
        return new RawRecord(RecordType.RUNNING, 0, RunningRecordFlyweight.BLOCK_LENGTH);
    }

    public static RawRecord cgroup(long id, int hierarchy, String path) {
        byte[] text = path.getBytes(StandardCharsets.UTF_8);
        RawRecord record = new RawRecord(
                RecordType.CGROUP, RawHook.CGROUP, align(CgroupRecordFlyweight.BLOCK_LENGTH + text.length));
        record.put64(CgroupRecordFlyweight.CGROUP_ID_FIELD_OFFSET, id);
        record.put32(CgroupRecordFlyweight.HIERARCHY_FIELD_OFFSET, hierarchy);
        record.put16(CgroupRecordFlyweight.PATH_LEN_FIELD_OFFSET, text.length);
        return record.putBytes(CgroupRecordFlyweight.BLOCK_LENGTH, text);
    }

    public RawRecord header(int cpu, long sequence, long bootNs, long captureId) {
        put32(RecordHeaderFlyweight.CPU_FIELD_OFFSET, cpu);
        put64(RecordHeaderFlyweight.SEQUENCE_FIELD_OFFSET, sequence);
        put64(RecordHeaderFlyweight.BOOT_NS_FIELD_OFFSET, bootNs);
        return put64(RecordHeaderFlyweight.CAPTURE_ID_FIELD_OFFSET, captureId);
    }

    public RawRecord flags(int flags) {
        return put32(RecordHeaderFlyweight.FLAGS_FIELD_OFFSET, flags);
    }

    public RawRecord process(int tgid, int pid, long startNs, long cgroupId, String comm) {
        return processAt(40, tgid, pid, startNs, cgroupId, comm);
    }

    /** Fills the {@code ps_process} at the offset with the given and, for what is not given, with derived values. */
    public RawRecord processAt(int offset, int tgid, int pid, long startNs, long cgroupId, String comm) {
        put32(offset + ProcessFlyweight.TGID_FIELD_OFFSET, tgid);
        put32(offset + ProcessFlyweight.PID_FIELD_OFFSET, pid);
        put64(offset + ProcessFlyweight.START_NS_FIELD_OFFSET, startNs);
        put64(offset + ProcessFlyweight.CGROUP_ID_FIELD_OFFSET, cgroupId);
        put64(offset + ProcessFlyweight.PARENT_START_NS_FIELD_OFFSET, startNs - 1_000_000);
        put32(offset + ProcessFlyweight.PPID_FIELD_OFFSET, tgid - 1);
        put32(offset + ProcessFlyweight.NS_PID_FIELD_OFFSET, tgid % 100);
        put32(offset + ProcessFlyweight.UID_FIELD_OFFSET, 1000);
        put32(offset + ProcessFlyweight.GID_FIELD_OFFSET, 1001);
        putBytes(offset + ProcessFlyweight.COMM_FIELD_OFFSET, comm.getBytes(StandardCharsets.UTF_8));
        return putBytes(offset + ProcessFlyweight.PARENT_COMM_FIELD_OFFSET, "parent".getBytes(StandardCharsets.UTF_8));
    }

    /** Appends the sender to a signal record, with SENDER or CONTEXT in the flags. */
    public RawRecord sender(int flag, int tgid, long startNs, long cgroupId, String comm) {
        flags(flagsSoFar() | flag);
        put32(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET, SignalRecordFlyweight.LENGTH_WITH_SENDER);
        return processAt(SignalRecordFlyweight.SENDER_FIELD_OFFSET, tgid, tgid, startNs, cgroupId, comm);
    }

    /** Appends the cause to an exit record. */
    public RawRecord cause(int signal, int code, int causeFlags, int origin, long bootNs) {
        flags(flagsSoFar() | RecordFlags.CAUSE);
        put32(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET, ExitRecordFlyweight.LENGTH_WITH_CAUSE);
        int offset = ExitRecordFlyweight.CAUSE_FIELD_OFFSET;
        put64(offset + CauseFlyweight.BOOT_NS_FIELD_OFFSET, bootNs);
        put32(offset + CauseFlyweight.SIGNAL_FIELD_OFFSET, signal);
        put32(offset + CauseFlyweight.CODE_FIELD_OFFSET, code);
        put32(offset + CauseFlyweight.FLAGS_FIELD_OFFSET, causeFlags);
        return put8(offset + CauseFlyweight.ORIGIN_FIELD_OFFSET, origin);
    }

    public RawRecord causeSender(int tgid, long startNs, long cgroupId, String comm) {
        return processAt(
                ExitRecordFlyweight.CAUSE_FIELD_OFFSET + CauseFlyweight.SENDER_FIELD_OFFSET,
                tgid,
                tgid,
                startNs,
                cgroupId,
                comm);
    }

    public RawRecord put8(int offset, int value) {
        bytes.put(offset, (byte) value);
        return this;
    }

    public RawRecord put16(int offset, int value) {
        bytes.putShort(offset, (short) value);
        return this;
    }

    public RawRecord put32(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    public RawRecord put64(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    public RawRecord putBytes(int offset, byte[] value) {
        bytes.put(offset, value);
        return this;
    }

    public int length() {
        return bytes.getInt(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET);
    }

    /** The record alone in a direct buffer, its limit the record's end. */
    public byte[] toArray() {
        return Arrays.copyOf(bytes.array(), length());
    }

    public ByteBuffer toBuffer() {
        return batch(this);
    }

    /** Records one after the other in a direct buffer, its limit the end of the last. */
    public static ByteBuffer batch(RawRecord... records) {
        int length = 0;
        for (RawRecord record : records) {
            length += record.length();
        }
        ByteBuffer batch = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
        int offset = 0;
        for (RawRecord record : records) {
            batch.put(offset, record.bytes.array(), 0, record.length());
            offset += record.length();
        }
        return batch;
    }

    private int flagsSoFar() {
        return bytes.getInt(RecordHeaderFlyweight.FLAGS_FIELD_OFFSET);
    }

    private static int align(int length) {
        return (length + 7) / 8 * 8;
    }
}
