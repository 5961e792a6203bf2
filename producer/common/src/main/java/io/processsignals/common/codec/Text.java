// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Mutable text of an event: a slice of valid UTF-8, or absent.
 *
 * <p>The {@code set} methods that take bytes, a {@link ConstantText} or another {@code Text} only refer to them: they
 * must stay unchanged until the event is encoded. The others write into a buffer that belongs to this object and is
 * reused.
 */
public final class Text {
    private static final byte[] EMPTY = new byte[0];
    private static final byte[] LONG_MIN = "-9223372036854775808".getBytes(StandardCharsets.US_ASCII);

    private byte[] own = EMPTY;

    byte[] bytes = EMPTY;
    int offset;
    int length;

    /** What it refers to, if that can never change; kept when it is made absent, since it is often set again. */
    private @Nullable ConstantText constant;

    private boolean present;

    /** Makes it absent. A field that is not nullable in the schema is then encoded as the empty string. */
    public void clear() {
        present = false;
        length = 0;
    }

    public boolean isPresent() {
        return present;
    }

    /** Length in bytes of UTF-8; 0 if absent. */
    public int length() {
        return length;
    }

    /** What it refers to, if that can never change. */
    @Nullable
    ConstantText constant() {
        return present ? constant : null;
    }

    /** Refers to valid UTF-8 that the caller keeps unchanged; it is not checked again. */
    public void set(byte[] utf8, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, utf8.length);
        refer(utf8, offset, length);
    }

    public void set(ConstantText text) {
        if (constant != text) {
            refer(text.utf8, 0, text.length);
            constant = text;
        }
        length = text.length;
        present = true;
    }

    /** Refers to the bytes of the other text, or becomes absent like it. */
    public void set(Text other) {
        if (other.present) {
            refer(other.bytes, other.offset, other.length);
            constant = other.constant;
        } else {
            clear();
        }
    }

    /** Copies the string; allocates only if it is not plain ASCII. An unpaired surrogate becomes {@code ?}. */
    public void set(String string) {
        int n = string.length();
        byte[] target = own(n);
        for (int i = 0; i < n; i++) {
            char c = string.charAt(i);
            if (c >= 0x80) {
                byte[] utf8 = string.getBytes(StandardCharsets.UTF_8);
                refer(utf8, 0, utf8.length);
                return;
            }
            target[i] = (byte) c;
        }
        refer(target, 0, n);
    }

    /** Copies bytes that a process chose, made valid by the rule of {@link ProcessText}. */
    public void setProcessText(byte[] raw, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, raw.length);
        byte[] target = own(ProcessText.maxEncodedLength(length));
        refer(target, 0, ProcessText.encode(raw, offset, length, target, 0));
    }

    /** As {@link #setProcessText}, but refers to bytes that are ASCII, which the caller keeps unchanged. */
    public void referToProcessText(byte[] raw, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, raw.length);
        if (ProcessText.isAscii(raw, offset, length)) {
            refer(raw, offset, length);
        } else {
            setProcessText(raw, offset, length);
        }
    }

    /**
     * Copies the name of a process, 16 bytes of which those before the first NUL count, made valid as by
     * {@link #setProcessText(byte[], int, int)}.
     *
     * @param low bytes 0 to 7, the first one lowest
     * @param high bytes 8 to 15
     */
    public void setComm(long low, long high) {
        byte[] target = own(ProcessText.COMM_ROOM);
        refer(target, 0, ProcessText.encodeComm(low, high, target, 0));
    }

    /** Writes the number in decimal. */
    public void setDecimal(long value) {
        if (value == Long.MIN_VALUE) {
            refer(LONG_MIN, 0, LONG_MIN.length);
            return;
        }
        byte[] target = own(LONG_MIN.length);
        int at = target.length;
        long rest = Math.abs(value);
        do {
            target[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (value < 0) {
            target[--at] = '-';
        }
        refer(target, at, target.length - at);
    }

    /** Whether the text begins so; allocates nothing. */
    public boolean startsWith(ConstantText prefix) {
        int n = prefix.length;
        return length >= n && Arrays.equals(bytes, offset, offset + n, prefix.utf8, 0, n);
    }

    /** Whether both are the same text; absent equals empty. Allocates nothing. */
    public boolean contentEquals(Text other) {
        return Arrays.equals(bytes, offset, offset + length, other.bytes, other.offset, other.offset + other.length);
    }

    /** The text; empty if absent. */
    @Override
    public String toString() {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }

    private void refer(byte[] utf8, int offset, int length) {
        // A reference is stored only where it changes: the collector keeps book of every store.
        if (bytes != utf8) {
            bytes = utf8;
        }
        if (constant != null) {
            constant = null;
        }
        this.offset = offset;
        this.length = length;
        this.present = true;
    }

    private byte[] own(int capacity) {
        if (own.length < capacity) {
            own = Arrays.copyOf(EMPTY, Math.max(capacity, 32));
        }
        return own;
    }
}
