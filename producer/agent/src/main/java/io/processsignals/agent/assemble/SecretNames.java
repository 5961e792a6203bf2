// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Names of options, variables, headers and keys behind which a secret stands. ASCII case does not matter. */
final class SecretNames {
    private static final byte[][] ANYWHERE = ascii(
            "password",
            "passwd",
            "passphrase",
            "passcode",
            "token",
            "secret",
            "apikey",
            "api-key",
            "api_key",
            "accesskey",
            "access-key",
            "access_key",
            "credential",
            "authorization",
            "bearer",
            "cookie",
            "identified"); // SQL: identified by

    /** The low five bits of a letter do not tell its case. */
    static final int LETTER = 0x1f;

    private static final byte[][][] ANYWHERE_BY_FIRST = byFirst(ANYWHERE);

    /** Bit n of element m: a name begins with letters whose low five bits are m and n. Few words have such a pair. */
    private static final int[] ANYWHERE_PAIRS = pairs(ANYWHERE);

    private static final byte[][] AT_END = ascii("pass", "pwd", "auth", "psk", "_pw", "-pw");

    /** Too common at the end of ordinary words to announce anything by itself. */
    private static final byte[][] AT_END_WITH_DELIMITER = ascii("key");

    private static final byte[][] WHOLE = ascii("pw", "passin", "passout", "sig", "signature", "jwt", "otp", "pat");

    /** The value comes another way: {@code --password-stdin}. */
    private static final byte[] STDIN = ascii("-stdin")[0];

    private SecretNames() {}

    /** Whether what is assigned to the name {@code bytes[start, end)} is a secret. */
    static boolean isSecret(byte[] bytes, int start, int end) {
        return isStrong(bytes, start, end) || endsWithAny(bytes, start, end, AT_END_WITH_DELIMITER);
    }

    /** Whether the whole word {@code bytes[start, end)} says that the next word is a secret. */
    static boolean announcesValue(byte[] bytes, int start, int end) {
        if (endsWith(bytes, start, end, STDIN)) {
            return false;
        }
        if (bytes[start] == '-') {
            return isSecret(bytes, start, end);
        }
        return isIdentifier(bytes, start, end) && isStrong(bytes, start, end);
    }

    private static boolean isStrong(byte[] bytes, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && isDecoration(bytes[start])) {
            start++;
        }
        while (start < end && isDecoration(bytes[end - 1])) {
            end--;
        }
        if (containsAny(bytes, start, end)) {
            return true;
        }
        if (endsWithAny(bytes, start, end, AT_END)) {
            return true;
        }
        for (byte[] name : WHOLE) {
            if (end - start == name.length && startsWith(bytes, start, end, name)) {
                return true;
            }
        }
        return false;
    }

    /** Dashes of an option, quotes of JSON or a shell. */
    private static boolean isDecoration(byte b) {
        return b == '-' || b == '"' || b == '\'' || b == '\\' || b == '`';
    }

    private static boolean isIdentifier(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            byte b = bytes[i];
            boolean letter = (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
            if (!letter && (b < '0' || b > '9') && b != '_' && b != '-' && b != '.') {
                return false;
            }
        }
        return true;
    }

    private static boolean containsAny(byte[] bytes, int start, int end) {
        for (int i = start; i < end - 1; i++) {
            int first = bytes[i] & LETTER;
            if ((ANYWHERE_PAIRS[first] >>> (bytes[i + 1] & LETTER) & 1) == 0) {
                continue;
            }
            for (byte[] name : ANYWHERE_BY_FIRST[first]) {
                if (startsWith(bytes, i, end, name)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean endsWithAny(byte[] bytes, int start, int end, byte[][] names) {
        int last = end;
        while (last > start && isDecoration(bytes[last - 1])) {
            last--;
        }
        for (byte[] name : names) {
            if (endsWith(bytes, start, last, name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsWith(byte[] bytes, int start, int end, byte[] name) {
        return end - start >= name.length && startsWith(bytes, end - name.length, end, name);
    }

    /** Whether {@code bytes[start, end)} begins with the lower-case name. */
    static boolean startsWith(byte[] bytes, int start, int end, byte[] name) {
        if (end - start < name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            byte b = bytes[start + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[][][] byFirst(byte[][] names) {
        byte[][][] byFirst = new byte[LETTER + 1][][];
        for (int i = 0; i < byFirst.length; i++) {
            int first = i;
            byFirst[i] = Arrays.stream(names)
                    .filter(name -> (name[0] & LETTER) == first)
                    .toArray(byte[][]::new);
        }
        return byFirst;
    }

    private static int[] pairs(byte[][] names) {
        int[] pairs = new int[LETTER + 1];
        for (byte[] name : names) {
            pairs[name[0] & LETTER] |= 1 << (name[1] & LETTER);
        }
        return pairs;
    }

    static byte[][] ascii(String... names) {
        byte[][] bytes = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            bytes[i] = names[i].getBytes(StandardCharsets.US_ASCII);
        }
        return bytes;
    }
}
