// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Remembers how processes were encoded that events refer to, with their containers: the same sender, trigger or context
 * comes again and again. Of fixed size, mostly below 100 kB, filled as they come; a process pushes out the one that was
 * in its slot. The whole identity of a source is compared, so a copy is always what encoding would have given.
 */
final class EncodedReferences {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int SLOT_BITS = 8;
    private static final int SLOTS = 1 << SLOT_BITS;

    /** Four ids, two of 32 bits without a sign, two times and two names, and the container's branch. */
    private static final int ROOM_BESIDE_CONTAINER = 4 * 5 + 2 * 5 + 2 * 10 + 2 * (1 + 48) + 1 + AvroWriter.MARGIN;

    private static final byte[] NO_CONTAINER = new byte[0];

    private byte[] identities = new byte[0];
    private final byte[][] encoded = new byte[SLOTS][];
    private final int[] lengths = new int[SLOTS]; // 0: free

    /** What the container of each was encoded as. */
    private final byte[][] containers = new byte[SLOTS][];

    /** Writes a process and its container; returns the end. */
    int write(byte[] target, int at, ProcessSource process, MutableEvent.Container container) {
        byte[] frozen = container.present ? container.encoded : NO_CONTAINER;
        if (frozen == null) {
            int end = EventEncoder.writeProcess(target, at, process);
            return EventEncoder.writeContainer(target, end, container);
        }
        byte[] identity = process.identity();
        int identityAt = process.identityOffset();
        int identityLength = process.identityLength();
        int slot = slot((long) LONGS.get(identity, identityAt) ^ (long) LONGS.get(identity, identityAt + Long.BYTES));
        int length = lengths[slot];
        if (length == 0
                || containers[slot] != frozen
                || !isSame(slot * identityLength, identity, identityAt, identityLength)) {
            length = remember(process, container, frozen, slot);
        }
        System.arraycopy(encoded[slot], 0, target, at, length);
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

    private int remember(ProcessSource process, MutableEvent.Container container, byte[] frozen, int slot) {
        int identityLength = process.identityLength();
        if (identities.length == 0) {
            identities = new byte[SLOTS * identityLength];
        }
        int capacity = ROOM_BESIDE_CONTAINER + frozen.length;
        if (encoded[slot] == null || encoded[slot].length < capacity) {
            encoded[slot] = new byte[capacity];
        }
        int end = EventEncoder.writeProcess(encoded[slot], 0, process);
        lengths[slot] = EventEncoder.writeContainer(encoded[slot], end, container);
        containers[slot] = frozen;
        System.arraycopy(
                process.identity(), process.identityOffset(), identities, slot * identityLength, identityLength);
        return lengths[slot];
    }
}
