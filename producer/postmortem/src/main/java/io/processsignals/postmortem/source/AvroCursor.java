// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads Avro binary out of an array. Every read throws {@link IndexOutOfBoundsException} where the bytes end too early.
 */
final class AvroCursor {
    private static final int TEXT_BITS = 12;
    private static final int TEXTS = 1 << TEXT_BITS;
    private static final long FACTOR = 0x9e3779b97f4a7c15L;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Names of nodes, boots, pods: few, and each in a great many events. By hash of their bytes. */
    private final byte[][] textBytes = new byte[TEXTS][];

    private final String[] texts = new String[TEXTS];

    private byte[] bytes = {};
    private int at;

    void wrap(byte[] value, int offset) {
        bytes = value;
        at = offset;
    }

    long number() {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes[at++];
            value |= (next & 0x7fL) << shift;
            shift += 7;
        } while (next < 0);
        return value >>> 1 ^ -(value & 1);
    }

    boolean flag() {
        return bytes[at++] != 0;
    }

    String text() {
        int length = length();
        int begin = at;
        int end = begin + length;
        at = end;
        int slot = slot(begin, length);
        byte[] known = textBytes[slot];
        if (known == null || !Arrays.equals(known, 0, known.length, bytes, begin, end)) {
            textBytes[slot] = Arrays.copyOfRange(bytes, begin, end);
            texts[slot] = new String(bytes, begin, length, StandardCharsets.UTF_8);
        }
        return texts[slot];
    }

    /** By length, begin and end: names that differ do so there. */
    private int slot(int begin, int length) {
        long hash = length;
        if (length >= Long.BYTES) {
            hash = (hash * FACTOR + (long) LONG.get(bytes, begin)) * FACTOR
                    + (long) LONG.get(bytes, begin + length - Long.BYTES);
        } else {
            for (int i = begin; i < begin + length; i++) {
                hash = hash * FACTOR + bytes[i];
            }
        }
        return (int) ((hash * FACTOR) >>> (64 - TEXT_BITS));
    }

    void passNumber() {
        while (bytes[at++] < 0) {
            // its last byte is not negative
        }
    }

    void passText() {
        int length = length(); // moves on
        at += length;
    }

    void pass(long count) {
        require(count);
        at += (int) count;
    }

    /** Fails unless so many bytes are left. */
    void require(long count) {
        if (count < 0 || count > bytes.length - at) {
            throw new IndexOutOfBoundsException(count);
        }
    }

    private int length() {
        long length = number();
        require(length);
        return (int) length;
    }
}
