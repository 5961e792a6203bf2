// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.nio.ByteBuffer;

/**
 * A view of one struct of {@code bpf/process_signals_events.h} inside a buffer: reads in place, copies nothing and
 * allocates nothing. Wrapped again for every record; not thread-safe; valid until the buffer is filled again.
 *
 * <p>Reads the buffer's own byte order, which for records of this machine's kernel is
 * {@link java.nio.ByteOrder#nativeOrder()}. Does not check what it reads: {@link RecordValidator} does that once for a
 * record.
 */
public abstract class Flyweight {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer buffer = NOTHING;
    private int offset;

    Flyweight() {}

    final void set(ByteBuffer newBuffer, int newOffset) {
        buffer = newBuffer;
        offset = newOffset;
    }

    /** The buffer that this is a view of. */
    public final ByteBuffer buffer() {
        return buffer;
    }

    /** Where in {@link #buffer()} the struct begins. */
    public final int offset() {
        return offset;
    }

    final int u8(int field) {
        return Byte.toUnsignedInt(buffer.get(offset + field));
    }

    final int u16(int field) {
        return Short.toUnsignedInt(buffer.getShort(offset + field));
    }

    final short s16(int field) {
        return buffer.getShort(offset + field);
    }

    final int s32(int field) {
        return buffer.getInt(offset + field);
    }

    final long u32(int field) {
        return Integer.toUnsignedLong(buffer.getInt(offset + field));
    }

    final long s64(int field) {
        return buffer.getLong(offset + field);
    }

    /** Bytes of NUL-padded text before its first NUL. */
    final int textLength(int field, int capacity) {
        int length = 0;
        while (length < capacity && buffer.get(offset + field + length) != 0) {
            length++;
        }
        return length;
    }
}
