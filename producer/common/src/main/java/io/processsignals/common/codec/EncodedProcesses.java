// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Remembers how processes were encoded that events refer to: the same sender, trigger or context comes again and again.
 * Of fixed size, some 70 kB, made when the first one comes; a process pushes out the one that was in its slot. The
 * whole identity of a source is compared, so a copy is always what encoding would have given. The container is not part
 * of what is encoded here.
 */
final class EncodedProcesses {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int SLOT_BITS = 8;
    private static final int SLOTS = 1 << SLOT_BITS;

    /** Four ids, two of 32 bits without a sign, two times and two names: not one process takes more. */
    private static final int MAX_ENCODED = 4 * 5 + 2 * 5 + 2 * 10 + 2 * (1 + 48);

    /** A multiple of 8 with room for the copy of fixed size. */
    private static final int SLOT_BYTES = (MAX_ENCODED + Long.BYTES - 1) / Long.BYTES * Long.BYTES;

    /** Up to this length an encoded process is copied as so many longs. */
    private static final int SHORT = 8 * Long.BYTES;

    private byte[] identities = new byte[0];
    private byte[] encoded = new byte[0];
    private final byte[] lengths = new byte[SLOTS]; // 0: free

    /** Writes a process but for its container; returns the end. */
    int write(byte[] target, int at, ProcessSource process) {
        byte[] identity = process.identity();
        int identityAt = process.identityOffset();
        int identityLength = process.identityLength();
        int slot = slot((long) LONGS.get(identity, identityAt) ^ (long) LONGS.get(identity, identityAt + Long.BYTES));
        int length = lengths[slot] & 0xff;
        if (length == 0 || !isSame(slot * identityLength, identity, identityAt, identityLength)) {
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

    private static int slot(long mostDistinct) {
        long mixed = mostDistinct * 0x9e3779b97f4a7c15L; // Fibonacci hashing: ids and times are consecutive
        return (int) (mixed >>> (Long.SIZE - SLOT_BITS));
    }

    private boolean isSame(int at, byte[] identity, int identityAt, int length) {
        byte[] known = identities;
        long different = 0;
        for (int i = 0; i < length; i += Long.BYTES) {
            different |= (long) LONGS.get(known, at + i) ^ (long) LONGS.get(identity, identityAt + i);
        }
        return different == 0;
    }

    private int encode(byte[] target, int start, ProcessSource process, int slot) {
        int identityLength = process.identityLength();
        if (identities.length == 0) {
            identities = new byte[SLOTS * identityLength];
            encoded = new byte[SLOTS * SLOT_BYTES];
        }
        int end = EventEncoder.writeProcess(target, start, process);
        int length = end - start;
        System.arraycopy(target, start, encoded, slot * SLOT_BYTES, length);
        System.arraycopy(
                process.identity(), process.identityOffset(), identities, slot * identityLength, identityLength);
        lengths[slot] = (byte) length;
        return end;
    }
}
