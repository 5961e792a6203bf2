// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Avro's binary encoding into a byte array. Only what the event schema uses: integers, booleans, strings, branches of
 * {@code ["null", X]}, counts of blocks.
 *
 * <p>Each method writes at {@code at} and returns where the next one goes on: a position in a local variable stays in a
 * register, one in a field is stored and loaded again for every value. An array that does not suffice, with
 * {@value #MARGIN} bytes to spare, is an {@link IndexOutOfBoundsException}; what lies behind the returned position may
 * have been written to.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/#binary-encoding">Avro: binary encoding</a>
 */
final class AvroWriter {
    /** More than is needed of an array: values are written in pieces of fixed size. */
    static final int MARGIN = 1 + ProcessText.COMM_ROOM;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** What fits into a varint of four bytes, not negative. */
    private static final long SMALL = (1L << 27) - 1;

    private static final byte NULL_BRANCH = 0;
    private static final byte VALUE_BRANCH = 2; // index 1, zigzag

    private static final int SEVEN_BITS = 7;

    /** Of a varint of eight bytes, in all but the last. */
    private static final long CONTINUED = 0x0080_8080_8080_8080L;

    /** Varints of up to eight bytes are written as one long. */
    private static final int LONG_BITS = Long.BYTES * SEVEN_BITS;

    /** Text up to this length is copied as two longs. */
    private static final int SHORT_TEXT = 2 * Long.BYTES;

    private AvroWriter() {}

    static int writeBoolean(byte[] target, int at, boolean value) {
        target[at] = (byte) (value ? 1 : 0);
        return at + 1;
    }

    static int writeInt(byte[] target, int at, int value) {
        return writeVarint(target, at, Integer.toUnsignedLong((value << 1) ^ (value >> 31)));
    }

    static int writeLong(byte[] target, int at, long value) {
        return writeVarint(target, at, (value << 1) ^ (value >> 63));
    }

    private static int writeVarint(byte[] target, int at, long value) {
        if ((value & ~0x7fL) == 0) {
            target[at] = (byte) value;
            return at + 1;
        }
        if (value >>> LONG_BITS != 0) {
            return writeVarintByBytes(target, at, value);
        }
        // Spreads the value's groups of seven bits over the bytes of a long, in three steps.
        long spread = (value & 0x0000_0000_0fff_ffffL) | ((value & 0x00ff_ffff_f000_0000L) << 4);
        spread = (spread & 0x0000_3fff_0000_3fffL) | ((spread & 0x0fff_c000_0fff_c000L) << 2);
        spread = (spread & 0x007f_007f_007f_007fL) | ((spread & 0x3f80_3f80_3f80_3f80L) << 1);
        int unused = Long.numberOfLeadingZeros(spread) & -Byte.SIZE; // bits of whole bytes
        LONGS.set(target, at, spread | (CONTINUED >>> unused));
        return at + Long.BYTES - (unused >>> 3);
    }

    /** Two values, at once if both are as small as most ids of processes and users: 0 to 2^27 - 1. */
    static int writePair(byte[] target, int at, long first, long second) {
        if (((first | second) & ~SMALL) != 0) {
            return writeLong(target, writeLong(target, at, first), second);
        }
        // As in writeVarint, each half of the long a value.
        long spread = (first | second << Integer.SIZE) << 1;
        spread = (spread & 0x0000_3fff_0000_3fffL) | ((spread & 0x0fff_c000_0fff_c000L) << 2);
        spread = (spread & 0x007f_007f_007f_007fL) | ((spread & 0x3f80_3f80_3f80_3f80L) << 1);
        return writeSpread(target, writeSpread(target, at, (int) spread), (int) (spread >>> Integer.SIZE));
    }

    private static int writeSpread(byte[] target, int at, int spread) {
        int unused = Integer.numberOfLeadingZeros(spread | 1) & -Byte.SIZE;
        INTS.set(target, at, spread | ((int) (CONTINUED >>> Integer.SIZE) >>> unused));
        return at + Integer.BYTES - (unused >>> 3);
    }

    private static int writeVarintByBytes(byte[] target, int at, long value) {
        long rest = value;
        int to = at;
        while ((rest & ~0x7fL) != 0) {
            target[to++] = (byte) (rest | 0x80);
            rest >>>= SEVEN_BITS;
        }
        target[to++] = (byte) rest;
        return to;
    }

    /**
     * Enums are encoded by the position of their symbol, which is the ordinal of the generated constant; all of the
     * schema's have fewer than 64 symbols.
     */
    @SuppressWarnings("EnumOrdinal")
    static int writeEnum(byte[] target, int at, Enum<?> symbol) {
        target[at] = (byte) (symbol.ordinal() << 1);
        return at + 1;
    }

    /** Absent is written as the empty string. */
    static int writeText(byte[] target, int at, Text text) {
        int length = text.length;
        byte[] source = text.bytes;
        int offset = text.offset;
        if (length <= SHORT_TEXT && source.length - offset >= SHORT_TEXT) {
            target[at] = (byte) (length << 1);
            LONGS.set(target, at + 1, (long) LONGS.get(source, offset));
            LONGS.set(target, at + 1 + Long.BYTES, (long) LONGS.get(source, offset + Long.BYTES));
            return at + 1 + length;
        }
        int to = writeInt(target, at, length);
        System.arraycopy(source, offset, target, to, length);
        return to + length;
    }

    /** The name of a process; see {@link ProcessSource}. */
    static int writeComm(byte[] target, int at, long low, long high) {
        int length = ProcessText.encodeComm(low, high, target, at + 1);
        target[at] = (byte) (length << 1);
        return at + 1 + length;
    }

    /** Branch of {@code ["null", X]}; if present, the caller goes on with the value. */
    static int writeBranch(byte[] target, int at, boolean present) {
        target[at] = present ? VALUE_BRANCH : NULL_BRANCH;
        return at + 1;
    }

    /** Four times the branch of an absent value. */
    static int writeFourNulls(byte[] target, int at) {
        INTS.set(target, at, 0);
        return at + Integer.BYTES;
    }

    static int writeNullableText(byte[] target, int at, Text text) {
        int to = writeBranch(target, at, text.isPresent());
        return text.isPresent() ? writeText(target, to, text) : to;
    }

    static int writeNullableInt(byte[] target, int at, NullableInt value) {
        int to = writeBranch(target, at, value.isPresent());
        return value.isPresent() ? writeInt(target, to, value.get()) : to;
    }

    static int writeNullableLong(byte[] target, int at, NullableLong value) {
        int to = writeBranch(target, at, value.isPresent());
        return value.isPresent() ? writeLong(target, to, value.get()) : to;
    }

    /** As one block. */
    static int writeNullableTextList(byte[] target, int at, TextList list) {
        int to = writeBranch(target, at, list.isPresent());
        if (!list.isPresent()) {
            return to;
        }
        int size = list.size();
        if (size > 0) {
            to = writeLong(target, to, size);
            for (int i = 0; i < size; i++) {
                to = writeText(target, to, list.get(i));
            }
        }
        return writeLong(target, to, 0);
    }

    /** As one block. */
    static int writeNullableTextMap(byte[] target, int at, TextMap map) {
        int to = writeBranch(target, at, map.isPresent());
        if (!map.isPresent()) {
            return to;
        }
        int size = map.size();
        if (size > 0) {
            to = writeLong(target, to, size);
            for (int i = 0; i < size; i++) {
                to = writeText(target, to, map.key(i));
                to = writeText(target, to, map.value(i));
            }
        }
        return writeLong(target, to, 0);
    }

    /** Bytes that were encoded before. */
    static int writeEncoded(byte[] target, int at, byte[] encoded) {
        System.arraycopy(encoded, 0, target, at, encoded.length);
        return at + encoded.length;
    }
}
