// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A view of one struct of {@code bpf/process_signals_events.h} inside a byte array: reads in place and allocates
 * nothing. Wrapped again for every record; not thread-safe; valid until the array is filled again.
 *
 * <p>An array and not the buffer that the kernel side's records come in: each number read from a direct buffer costs
 * five checks of the buffer's state, and a record has some fifty. {@link RecordValidator} copies a record once. What is
 * read seldom is wrapped in its buffer and copied by the flyweight itself.
 *
 * <p>Reads in native byte order, that of this machine's kernel. Does not check what it reads: {@link RecordValidator}
 * does that once for a record.
 */
public abstract class Flyweight {
    private static final VarHandle SHORTS = view(short[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = view(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONGS = view(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle TEXT = view(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] NOTHING = new byte[0];

    private byte[] array = NOTHING;
    private int offset;

    /** What {@link #copy} fills. */
    private byte[] own = NOTHING;

    Flyweight() {}

    private static VarHandle view(Class<?> type, ByteOrder order) {
        return MethodHandles.byteArrayViewVarHandle(type, order);
    }

    final void set(byte[] newArray, int newOffset) {
        if (array != newArray) {
            array = newArray; // stored only where it changes: the collector keeps book of every store
        }
        offset = newOffset;
    }

    /** Makes this a view of a copy of its own, which allocates the first time. */
    final void copy(ByteBuffer buffer, int from, int length) {
        if (own.length < length) {
            own = new byte[length];
        }
        buffer.get(from, own, 0, length);
        set(own, 0);
    }

    /** The array that this is a view of. */
    public final byte[] array() {
        return array;
    }

    /** Where in {@link #array()} the struct begins. */
    public final int offset() {
        return offset;
    }

    final int u8(int field) {
        return Byte.toUnsignedInt(array[offset + field]);
    }

    final int u16(int field) {
        return Short.toUnsignedInt(s16(field));
    }

    final short s16(int field) {
        return (short) SHORTS.get(array, offset + field);
    }

    final int s32(int field) {
        return (int) INTS.get(array, offset + field);
    }

    final long u32(int field) {
        return Integer.toUnsignedLong(s32(field));
    }

    final long s64(int field) {
        return (long) LONGS.get(array, offset + field);
    }

    /** Eight bytes of text, the first one lowest whatever the byte order. */
    final long text(int field) {
        return (long) TEXT.get(array, offset + field);
    }
}
