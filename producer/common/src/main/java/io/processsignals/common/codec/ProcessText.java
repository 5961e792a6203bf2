// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes text of the bytes that a process chose (its name, arguments, paths), which Linux does not require to be text.
 *
 * <p>Valid UTF-8 stays as it is. A byte that is not part of valid UTF-8 becomes the private-use code point
 * {@code U+EF00 + byte}; so does every byte of an encoded U+EF80..U+EFFF, which would otherwise be taken for such a
 * byte. The result is always valid, and {@link #decode} gives back exactly the bytes that went in. Valid is meant as in
 * the Unicode standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
public final class ProcessText {
    private static final int ESCAPED_LENGTH = 3;

    private static final int ESCAPE_BASE = 0xef00;
    private static final int FIRST_BYTE = ESCAPE_BASE + 0x80;
    private static final int LAST_BYTE = ESCAPE_BASE + 0xff;

    /** Bytes of a process's name: {@code TASK_COMM_LEN} of {@code include/linux/sched.h}. */
    private static final int COMM_LENGTH = 16;

    /** Bytes that suffice to encode a process's name: what it may become, and behind that the name itself. */
    static final int COMM_ROOM = COMM_LENGTH * ESCAPED_LENGTH + COMM_LENGTH;

    /** The bits that no ASCII character has, in eight bytes at once. */
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private ProcessText() {}

    /** Bytes that suffice to {@link #encode} so many raw bytes. */
    public static int maxEncodedLength(int rawLength) {
        return Math.multiplyExact(rawLength, ESCAPED_LENGTH);
    }

    /**
     * Encodes {@code raw[offset, offset + length)} to {@code target}, which must have room for
     * {@link #maxEncodedLength}.
     *
     * @return bytes written
     */
    public static int encode(byte[] raw, int offset, int length, byte[] target, int targetOffset) {
        int ascii = asciiLength(raw, offset, length);
        System.arraycopy(raw, offset, target, targetOffset, ascii);
        int end = offset + length;
        int at = offset + ascii;
        int to = targetOffset + ascii;
        while (at < end) {
            byte b = raw[at];
            if (b >= 0) {
                target[to++] = b;
                at++;
                continue;
            }
            int b1 = at + 1 < end ? raw[at + 1] : 0;
            int b2 = at + 2 < end ? raw[at + 2] : 0;
            int b3 = at + 3 < end ? raw[at + 3] : 0;
            int n = sequenceLength(b, b1, b2, b3);
            if (n == 0) {
                to = escape(b, target, to);
                at++;
                continue;
            }
            System.arraycopy(raw, at, target, to, n);
            to += n;
            at += n;
        }
        return to - targetOffset;
    }

    /**
     * Encodes the name of a process: {@value #COMM_LENGTH} bytes, of which those before the first NUL count.
     *
     * @param low bytes 0 to 7, the first one lowest
     * @param high bytes 8 to 15
     * @param target has room for {@link #COMM_ROOM} bytes
     * @return bytes written that count
     */
    static int encodeComm(long low, long high, byte[] target, int targetOffset) {
        int length = bytesBeforeNul(low);
        if (length == Long.BYTES) {
            length += bytesBeforeNul(high);
        }
        LONGS.set(target, targetOffset, low);
        LONGS.set(target, targetOffset + Long.BYTES, high);
        if (((low | high) & NOT_ASCII) == 0) {
            return length;
        }
        int raw = targetOffset + COMM_ROOM - COMM_LENGTH;
        LONGS.set(target, raw, low);
        LONGS.set(target, raw + Long.BYTES, high);
        return encode(target, raw, length, target, targetOffset);
    }

    /** 8 if there is no NUL. */
    private static int bytesBeforeNul(long bytes) {
        long nuls = (bytes - 0x0101_0101_0101_0101L) & ~bytes & NOT_ASCII;
        return Long.numberOfTrailingZeros(nuls) >>> 3;
    }

    static boolean isAscii(byte[] bytes, int offset, int length) {
        return asciiLength(bytes, offset, length) == length;
    }

    /** How many bytes before the first that is not ASCII: nearly always all of them, so they are looked at by eight. */
    private static int asciiLength(byte[] bytes, int offset, int length) {
        int n = 0;
        while (length - n >= Long.BYTES && ((long) LONGS.get(bytes, offset + n) & NOT_ASCII) == 0) {
            n += Long.BYTES;
        }
        while (n < length && bytes[offset + n] >= 0) {
            n++;
        }
        return n;
    }

    /**
     * Length of the sequence that begins with these bytes, 0 if it is not to be kept: ill-formed, or one of the code
     * points that stand for bytes. A missing byte is passed as 0, which continues no sequence.
     */
    private static int sequenceLength(int b0, int b1, int b2, int b3) {
        int lead = b0 & 0xff;
        if (lead < 0xc2) {
            return 0;
        }
        if (lead < 0xe0) {
            return continues(b1) ? 2 : 0;
        }
        int second = b1 & 0xff;
        if (lead < 0xf0) {
            int low = lead == 0xe0 ? 0xa0 : 0x80;
            int high = lead == 0xed ? 0x9f : 0xbf;
            boolean standsForByte = lead == 0xee && second >= 0xbe;
            return second >= low && second <= high && continues(b2) && !standsForByte ? 3 : 0;
        }
        if (lead > 0xf4) {
            return 0;
        }
        int low = lead == 0xf0 ? 0x90 : 0x80;
        int high = lead == 0xf4 ? 0x8f : 0xbf;
        return second >= low && second <= high && continues(b2) && continues(b3) ? 4 : 0;
    }

    private static boolean continues(int b) {
        return (b & 0xc0) == 0x80;
    }

    /** UTF-8 of U+EF00 + byte: EE BE 80..BF for bytes 80..BF, EE BF 80..BF for bytes C0..FF. */
    private static int escape(int b, byte[] target, int to) {
        target[to] = (byte) 0xee;
        target[to + 1] = (byte) (0xbe + ((b >> 6) & 1));
        target[to + 2] = (byte) (0x80 | (b & 0x3f));
        return to + ESCAPED_LENGTH;
    }

    /** The bytes that were encoded: the inverse of {@link #encode}. An unpaired surrogate becomes {@code ?}. */
    public static byte[] decode(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] raw = new byte[utf8.length];
        int to = 0;
        for (int at = 0; at < utf8.length; ) {
            boolean standsForByte = utf8[at] == (byte) 0xee && (utf8[at + 1] & 0xff) >= 0xbe;
            if (standsForByte) {
                raw[to++] = (byte) (((utf8[at + 1] & 1) << 6) | utf8[at + 2]);
                at += ESCAPED_LENGTH;
            } else {
                raw[to++] = utf8[at++];
            }
        }
        return Arrays.copyOf(raw, to);
    }

    /**
     * The text as people may see it on a terminal: one line, without control, format and other invisible characters,
     * and unambiguous. As between a shell's {@code $'} and {@code '}: {@code \n}, {@code \r}, {@code \t}; {@code \xNN}
     * for other ASCII controls and for bytes that were not UTF-8; the shell's Unicode escapes of 4 or 8 hexadecimal
     * digits for other characters that do not print; a doubled backslash for a backslash.
     */
    public static String toDisplay(String text) {
        int clean = 0;
        while (clean < text.length() && printsAsItIs(text.charAt(clean))) {
            clean++;
        }
        if (clean == text.length()) {
            return text;
        }
        StringBuilder display = new StringBuilder(text.length() + 16).append(text, 0, clean);
        text.codePoints().skip(text.codePointCount(0, clean)).forEach(c -> appendDisplay(c, display));
        return display.toString();
    }

    /** ASCII only: what is beyond takes the slow path. */
    private static boolean printsAsItIs(char c) {
        return c >= ' ' && c < 0x7f && c != '\\';
    }

    private static void appendDisplay(int c, StringBuilder display) {
        switch (c) {
            case '\n' -> display.append("\\n");
            case '\r' -> display.append("\\r");
            case '\t' -> display.append("\\t");
            case '\\' -> display.append("\\\\");
            default -> {
                if (c < ' ' || c == 0x7f) {
                    appendHex("\\x", c, 2, display);
                } else if (c >= FIRST_BYTE && c <= LAST_BYTE) {
                    appendHex("\\x", c - ESCAPE_BASE, 2, display);
                } else if (isVisible(c)) {
                    display.appendCodePoint(c);
                } else if (Character.isBmpCodePoint(c)) {
                    appendHex("\\u", c, 4, display);
                } else {
                    appendHex("\\U", c, 8, display);
                }
            }
        }
    }

    private static boolean isVisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    private static void appendHex(String prefix, int value, int digits, StringBuilder display) {
        display.append(prefix);
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            display.append(Character.forDigit((value >> shift) & 0xf, 16));
        }
    }
}
