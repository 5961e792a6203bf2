// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.util.Arrays;

/**
 * Writes Avro's binary encoding into a byte array that grows when needed. Only what the event schema uses: integers,
 * booleans, strings, branches of {@code ["null", X]}, counts of blocks.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/#binary-encoding">Avro: binary encoding</a>
 */
final class AvroWriter {
    private static final int MAX_VARINT = 10;
    private static final byte NULL_BRANCH = 0;
    private static final byte VALUE_BRANCH = 2; // index 1, zigzag

    private byte[] buffer = new byte[0];
    private int position;

    /** Starts at the beginning of the array, which is replaced by a larger one when it does not suffice. */
    void wrap(byte[] array) {
        buffer = array;
        position = 0;
    }

    /** The array written to last; not always the one given to {@link #wrap}. */
    byte[] array() {
        return buffer;
    }

    /** Bytes written since {@link #wrap}. */
    int position() {
        return position;
    }

    void writeBoolean(boolean value) {
        ensure(1);
        buffer[position++] = (byte) (value ? 1 : 0);
    }

    void writeInt(int value) {
        ensure(MAX_VARINT);
        int rest = (value << 1) ^ (value >> 31);
        byte[] target = buffer;
        int at = position;
        while ((rest & ~0x7f) != 0) {
            target[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        target[at++] = (byte) rest;
        position = at;
    }

    void writeLong(long value) {
        ensure(MAX_VARINT);
        long rest = (value << 1) ^ (value >> 63);
        byte[] target = buffer;
        int at = position;
        while ((rest & ~0x7fL) != 0) {
            target[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        target[at++] = (byte) rest;
        position = at;
    }

    /** Enums are encoded by the position of their symbol, which is the ordinal of the generated constant. */
    @SuppressWarnings("EnumOrdinal")
    void writeEnum(Enum<?> symbol) {
        writeInt(symbol.ordinal());
    }

    /** Absent is written as the empty string. */
    void writeText(Text text) {
        int length = text.length;
        writeInt(length);
        ensure(length);
        System.arraycopy(text.bytes, text.offset, buffer, position, length);
        position += length;
    }

    /**
     * Branch of {@code ["null", X]}.
     *
     * @return {@code present}, so that the caller goes on with the value
     */
    boolean writeBranch(boolean present) {
        ensure(1);
        buffer[position++] = present ? VALUE_BRANCH : NULL_BRANCH;
        return present;
    }

    void writeNullableText(Text text) {
        if (writeBranch(text.isPresent())) {
            writeText(text);
        }
    }

    void writeNullableInt(NullableInt value) {
        if (writeBranch(value.isPresent())) {
            writeInt(value.get());
        }
    }

    void writeNullableLong(NullableLong value) {
        if (writeBranch(value.isPresent())) {
            writeLong(value.get());
        }
    }

    /** As one block. */
    void writeNullableTextList(TextList list) {
        if (!writeBranch(list.isPresent())) {
            return;
        }
        int size = list.size();
        if (size > 0) {
            writeLong(size);
            for (int i = 0; i < size; i++) {
                writeText(list.get(i));
            }
        }
        writeLong(0);
    }

    /** As one block. */
    void writeNullableTextMap(TextMap map) {
        if (!writeBranch(map.isPresent())) {
            return;
        }
        int size = map.size();
        if (size > 0) {
            writeLong(size);
            for (int i = 0; i < size; i++) {
                writeText(map.key(i));
                writeText(map.value(i));
            }
        }
        writeLong(0);
    }

    private void ensure(int bytes) {
        if (buffer.length - position < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(position, bytes), 2 * buffer.length));
        }
    }
}
