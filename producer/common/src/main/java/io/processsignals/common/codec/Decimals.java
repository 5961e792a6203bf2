// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Numbers in decimal, into a byte array. Allocates nothing for numbers that a process id can be. */
final class Decimals {
    /** Bytes of the longest {@code int}. */
    static final int MAX_INT_LENGTH = 11;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int EIGHT_DIGITS = 100_000_000;
    private static final long ASCII_ZEROS = 0x3030_3030_3030_3030L;

    private Decimals() {}

    /** Returns the end; the array has room for {@link #MAX_INT_LENGTH} from {@code at}. */
    static int write(byte[] target, int at, int value) {
        if (value < 0 || value >= EIGHT_DIGITS) {
            byte[] digits = Integer.toString(value).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(digits, 0, target, at, digits.length);
            return at + digits.length;
        }
        long digits = eightDigits(value);
        int zeros = Long.numberOfTrailingZeros(digits | (1L << (Long.SIZE - Byte.SIZE))) & -Byte.SIZE; // bits of them
        LONGS.set(target, at, (digits | ASCII_ZEROS) >>> zeros);
        return at + Long.BYTES - (zeros >>> 3);
    }

    /**
     * The digits as bytes, the first one lowest: halves the number into numbers of four, two and one digit, all of a
     * size at once. The factors divide by 100 and by 10, exact for what they are given.
     */
    private static long eightDigits(int value) {
        long fours = value / 10_000 | (long) (value % 10_000) << 32;
        long hundreds = ((fours * 10_486) >>> 20) & 0x0000_007f_0000_007fL;
        long twos = hundreds | (fours - hundreds * 100) << 16;
        long tens = ((twos * 103) >>> 10) & 0x000f_000f_000f_000fL;
        return tens | (twos - tens * 10) << 8;
    }
}
