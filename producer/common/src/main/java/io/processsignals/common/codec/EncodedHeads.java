// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes what an event begins with, from cluster to CPU, and remembers it encoded: of one node there are as many heads
 * as hooks on CPUs. Of fixed size; a head pushes out the one that was in its slot.
 */
final class EncodedHeads {
    private static final int SLOTS = 64;

    /** A branch, three lengths, a capture id, a hook and a CPU. */
    private static final int ROOM_BESIDE_TEXTS = 1 + 3 * 5 + 10 + 1 + 5 + AvroWriter.MARGIN;

    private final byte[][] heads = new byte[SLOTS][];
    private final int[] lengths = new int[SLOTS]; // 0: free
    private final long[] captureIds = new long[SLOTS];
    private final long[] origins = new long[SLOTS];

    /* Whose heads these are: constants, or else nothing is remembered. */
    private @Nullable ConstantText cluster;
    private @Nullable ConstantText node;
    private @Nullable ConstantText bootId;

    /** Returns the end. */
    int write(byte[] target, MutableEvent event) {
        if (!isOfSameNode(event) && !begin(event)) {
            return encode(target, event);
        }
        long origin = origin(event);
        int slot = slot(origin);
        int length = lengths[slot];
        if (length == 0 || captureIds[slot] != event.captureId || origins[slot] != origin) {
            length = remember(event, slot, origin);
        }
        System.arraycopy(heads[slot], 0, target, 0, length);
        return length;
    }

    private boolean isOfSameNode(MutableEvent event) {
        return node != null
                && event.node.constant() == node
                && event.bootId.constant() == bootId
                && event.cluster.constant() == cluster
                && event.cluster.isPresent() == (cluster != null);
    }

    /** Forgets the heads of another node; false if this one's texts may change. */
    private boolean begin(MutableEvent event) {
        Arrays.fill(lengths, 0);
        cluster = event.cluster.constant();
        bootId = event.bootId.constant();
        boolean constant = bootId != null && event.cluster.isPresent() == (cluster != null);
        node = constant ? event.node.constant() : null;
        return node != null;
    }

    private int remember(MutableEvent event, int slot, long origin) {
        int capacity = ROOM_BESIDE_TEXTS + event.cluster.length + event.node.length + event.bootId.length;
        if (heads[slot] == null || heads[slot].length < capacity) {
            heads[slot] = new byte[capacity];
        }
        lengths[slot] = encode(heads[slot], event);
        captureIds[slot] = event.captureId;
        origins[slot] = origin;
        return lengths[slot];
    }

    private static int encode(byte[] target, MutableEvent event) {
        int at = AvroWriter.writeNullableText(target, 0, event.cluster);
        at = AvroWriter.writeText(target, at, event.node);
        at = AvroWriter.writeText(target, at, event.bootId);
        at = AvroWriter.writeLong(target, at, event.captureId);
        at = AvroWriter.writeEnum(target, at, event.hook);
        return AvroWriter.writeInt(target, at, event.cpu);
    }

    @SuppressWarnings("EnumOrdinal") // not kept beyond this process
    private static long origin(MutableEvent event) {
        return (long) event.hook.ordinal() << Integer.SIZE | Integer.toUnsignedLong(event.cpu);
    }

    private static int slot(long origin) {
        return (int) (origin + 5 * (origin >>> Integer.SIZE)) & (SLOTS - 1); // CPUs of one hook side by side
    }
}
