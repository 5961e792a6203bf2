// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.raw.ProcessFlyweight;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Many raw records made of a {@link Recording}: its events again and again, each time with the numbers, times and
 * process ids of other processes, so that they have different keys and compress as badly as real ones.
 */
final class RawPool {
    private static final int PROCESS = RecordHeaderFlyweight.HEADER_LENGTH;
    private static final long NANOS_APART = 2_000;
    private static final int MAX_PID = 4_000_000;

    private final ByteBuffer bytes;
    private final int[] offsets;

    /** @param events how many records */
    RawPool(Recording recording, int events) {
        this(recording, recording.events(), events);
    }

    /**
     * @param sources where the records begin that are taken in turn
     * @param events how many records
     */
    RawPool(Recording recording, List<Integer> sources, int events) {
        ByteBuffer recorded = recording.records();
        RecordHeaderFlyweight header = new RecordHeaderFlyweight();
        offsets = new int[events + 1];
        for (int i = 0; i < events; i++) {
            offsets[i + 1] = offsets[i]
                    + header.wrap(recorded, sources.get(i % sources.size())).length();
        }
        bytes = ByteBuffer.allocateDirect(offsets[events]).order(ByteOrder.nativeOrder());
        for (int i = 0; i < events; i++) {
            int at = offsets[i];
            bytes.put(at, recorded, sources.get(i % sources.size()), offsets[i + 1] - at);
            int process = i / sources.size() * 7919 % MAX_PID;
            bytes.putLong(at + RecordHeaderFlyweight.SEQUENCE_FIELD_OFFSET, i + 1);
            add(at + RecordHeaderFlyweight.BOOT_NS_FIELD_OFFSET, i * NANOS_APART);
            add(at + PROCESS + ProcessFlyweight.START_NS_FIELD_OFFSET, process * NANOS_APART);
            for (int field : new int[] {
                ProcessFlyweight.TGID_FIELD_OFFSET,
                ProcessFlyweight.PID_FIELD_OFFSET,
                ProcessFlyweight.PPID_FIELD_OFFSET
            }) {
                bytes.putInt(at + PROCESS + field, bytes.getInt(at + PROCESS + field) + process);
            }
        }
    }

    private void add(int field, long more) {
        bytes.putLong(field, bytes.getLong(field) + more);
    }

    /** All records one behind the other, direct, in native byte order. */
    ByteBuffer bytes() {
        return bytes;
    }

    int size() {
        return offsets.length - 1;
    }

    /** Where a record begins; that of {@link #size} is the end. */
    int offset(int index) {
        return offsets[index];
    }
}
