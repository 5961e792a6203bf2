// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Remembers how processes were encoded that events refer to: the same sender, trigger or context comes again and again.
 * Of fixed size, some 60 kB; a process pushes out the one that was in its slot. What is remembered is compared with
 * every field that is encoded, so a copy is always what encoding would have given. The container is not part of it.
 */
final class EncodedProcesses {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int SLOT_BITS = 8;
    private static final int SLOTS = 1 << SLOT_BITS;

    /** Longs that hold all that is encoded of a process. */
    private static final int FIELDS = 10;

    /** Four ids, two of 32 bits without a sign, two times and two names: not one process takes more. */
    private static final int MAX_ENCODED = 4 * 5 + 2 * 5 + 2 * 10 + 2 * (1 + 48);

    /** A multiple of 8 with room for the copy of fixed size. */
    private static final int SLOT_BYTES = (MAX_ENCODED + Long.BYTES - 1) / Long.BYTES * Long.BYTES;

    /** Up to this length an encoded process is copied as so many longs. */
    private static final int SHORT = 8 * Long.BYTES;

    private final long[] fields = new long[SLOTS * FIELDS];
    private final byte[] encoded = new byte[SLOTS * SLOT_BYTES];
    private final byte[] lengths = new byte[SLOTS]; // 0: free

    /** Writes a process but for its container; returns the end. */
    int write(byte[] target, int at, ProcessSource process) {
        long ids = pair(process.pid(), process.tgid());
        long startTime = process.startTime();
        int slot = slot(ids, startTime);
        int length = lengths[slot] & 0xff;
        if (length == 0 || !isSame(slot * FIELDS, process, ids, startTime)) {
            return encode(target, at, process, slot);
        }
        int from = slot * SLOT_BYTES;
        if (length > SHORT) {
            System.arraycopy(encoded, from, target, at, length);
            return at + length;
        }
        for (int i = 0; i < SHORT; i += Long.BYTES) {
            LONGS.set(target, at + i, (long) LONGS.get(encoded, from + i));
        }
        return at + length;
    }

    private static int slot(long ids, long startTime) {
        long mixed = (ids ^ startTime) * 0x9e3779b97f4a7c15L; // Fibonacci hashing: ids and times are consecutive
        return (int) (mixed >>> (Long.SIZE - SLOT_BITS));
    }

    private boolean isSame(int at, ProcessSource process, long ids, long startTime) {
        long[] known = fields;
        long different = (known[at] ^ ids)
                | (known[at + 1] ^ pair(process.ppid(), process.nsPid()))
                | (known[at + 2] ^ process.commandLow())
                | (known[at + 3] ^ process.commandHigh())
                | (known[at + 4] ^ startTime)
                | (known[at + 5] ^ process.uid())
                | (known[at + 6] ^ process.gid())
                | (known[at + 7] ^ process.parentCommandLow())
                | (known[at + 8] ^ process.parentCommandHigh())
                | (known[at + 9] ^ process.parentStartTime());
        return different == 0;
    }

    private int encode(byte[] target, int start, ProcessSource process, int slot) {
        int end = EventEncoder.writeProcess(target, start, process);
        int length = end - start;
        System.arraycopy(target, start, encoded, slot * SLOT_BYTES, length);
        lengths[slot] = (byte) length;
        int at = slot * FIELDS;
        fields[at] = pair(process.pid(), process.tgid());
        fields[at + 1] = pair(process.ppid(), process.nsPid());
        fields[at + 2] = process.commandLow();
        fields[at + 3] = process.commandHigh();
        fields[at + 4] = process.startTime();
        fields[at + 5] = process.uid();
        fields[at + 6] = process.gid();
        fields[at + 7] = process.parentCommandLow();
        fields[at + 8] = process.parentCommandHigh();
        fields[at + 9] = process.parentStartTime();
        return end;
    }

    private static long pair(int low, int high) {
        return Integer.toUnsignedLong(low) | (long) high << Integer.SIZE;
    }
}
