// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.common.codec.Text;
import java.nio.charset.StandardCharsets;

/**
 * Hides what looks like a secret in the arguments of a program, one call for each argument in order. Hides rather too
 * much: what follows the name of a secret goes to the end of its argument, since only the program knows where the value
 * ends. Does not allocate once its buffers have grown. Not thread-safe.
 *
 * <p>Hidden are
 *
 * <ul>
 *   <li>the value of a name that speaks of a secret ({@link SecretNames}): {@code name=value}, {@code name: value},
 *       {@code --name value}, also inside a script that is one argument, in JSON, in a URL's query, behind {@code -e};
 *   <li>the value of the options by which well-known tools take one ({@link SecretOptions}): {@code mysql -pX};
 *   <li>the password in a URL, and a lone token before its {@code @};
 *   <li>what has the form of a token ({@link SecretTokens}): AWS keys, JWTs, tokens of GitHub and others.
 * </ul>
 */
final class Redactor {
    private static final byte[] REDACTED = "[REDACTED]".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HTTP = "http".getBytes(StandardCharsets.US_ASCII);

    private static final AsciiSet SPACES = AsciiSet.of(" \t\n\u000b\f\r");

    /** End one name and begin the next; quotes do not, so that JSON's {@code "password":} is seen whole. */
    private static final AsciiSet SEPARATORS = AsciiSet.of("=:&;,?/{}()[]|<>@");

    /** Nothing can be told from a word without these but by its place. */
    private static final int MARK = 1;

    private static final int SPACE = 2;

    /** Secrets by their form begin with these, or lie between slashes. */
    private static final int FORM = 4;

    /** Of every byte: what it may mean. */
    private static final byte[] KINDS = kinds();

    private final SecretOptions options = new SecretOptions();
    private byte[] output = new byte[256];
    private int outputLength;
    private boolean hideNext;
    private boolean first;
    private int kinds; // of the bytes of the word that endOfWord() found last

    /** Starts a new list of arguments. */
    void begin() {
        hideNext = false;
        first = true;
        options.begin();
    }

    /**
     * Gives the argument {@code bytes[start, end)} as text, its secrets replaced by {@code [REDACTED]}. Without secrets
     * the text refers to the bytes.
     *
     * @param truncated whether the argument may have been longer
     */
    void redact(byte[] bytes, int start, int end, boolean truncated, Text target) {
        outputLength = 0;
        int copied = start;
        int at = start;
        while (at < end) {
            int wordEnd = endOfWord(bytes, at, end);
            if (wordEnd > at) {
                boolean cut = truncated && wordEnd == end;
                int hidden = valueStart(bytes, at, wordEnd, end);
                copied = hideInside(bytes, copied, at, hidden < 0 ? wordEnd : hidden, cut && hidden < 0);
                if (hidden >= 0) {
                    copy(bytes, copied, hidden);
                    copied = end;
                    hide();
                    break;
                }
            }
            at = wordEnd + 1;
        }
        if (copied == start) {
            target.referToProcessText(bytes, start, end - start);
            return;
        }
        copy(bytes, copied, end);
        target.setProcessText(output, 0, outputLength);
    }

    /**
     * Where in the word, or behind it, a value begins that is hidden to the end of the argument; -1 if there is none.
     * Decides about the next word, too.
     */
    private int valueStart(byte[] bytes, int start, int end, int argumentEnd) {
        boolean program = first;
        first = false;
        boolean hidden = hideNext;
        hideNext = false;
        int option = options.word(bytes, start, end);
        if (hidden) {
            // The value may itself be an option that announces another: "--password --token x".
            hideNext = end == argumentEnd && (SecretNames.announcesValue(bytes, start, end) || option == end);
            return start;
        }
        if (option >= 0) {
            if (option < end) {
                return option;
            }
            hideNext = true;
            return -1;
        }
        int segment = start;
        int marksEnd = (kinds & MARK) == 0 ? start : end;
        for (int i = start; i < marksEnd; i++) {
            byte b = bytes[i];
            if (b == '-' && SecretTokens.isPem(bytes, i, end)) {
                return i;
            }
            if ((b == '=' || b == ':') && SecretNames.isSecret(bytes, segment, i)) {
                if (i + 1 < end) {
                    return i + 1;
                }
                hideNext = b == ':' || end < argumentEnd; // "Authorization: Basic x"; but "--password=" is empty
                return -1;
            }
            if (SEPARATORS.contains(b)) {
                segment = i + 1;
            }
        }
        if (!program) {
            hideNext = SecretNames.announcesValue(bytes, start, end);
        }
        return -1;
    }

    /** Hides what is a secret by its form in {@code bytes[from, to)}; returns up to where the output has the input. */
    private int hideInside(byte[] bytes, int alreadyCopied, int from, int to, boolean truncated) {
        int copied = alreadyCopied;
        int at = from;
        while (at < to) {
            if ((KINDS[bytes[at] & 0xff] & FORM) == 0) {
                at++;
                continue;
            }
            int tokenEnd = SecretTokens.endOfToken(bytes, from, at, to, truncated);
            if (tokenEnd > at) {
                copied = hideRange(bytes, copied, at, tokenEnd);
                at = tokenEnd;
                continue;
            }
            if (bytes[at] == '/' && at >= from + 2 && bytes[at - 1] == '/' && bytes[at - 2] == ':') {
                int authority = at + 1;
                long secret = userInfo(bytes, from, authority, to, truncated);
                if (secret >= 0) {
                    int secretStart = (int) (secret >>> 32);
                    int secretEnd = (int) secret;
                    copied = hideRange(bytes, copied, secretStart, secretEnd);
                    at = secretEnd;
                    continue;
                }
            }
            at++;
        }
        return copied;
    }

    /** The secret before the {@code @} of a URL whose authority begins here, as start and end in one; -1: none. */
    private static long userInfo(byte[] bytes, int from, int authority, int to, boolean truncated) {
        int slash = authority;
        while (slash < to && bytes[slash] != '/' && bytes[slash] != '?' && bytes[slash] != '#') {
            slash++;
        }
        int colon = authority;
        while (colon < slash && bytes[colon] != ':' && bytes[colon] != '@') {
            colon++;
        }
        boolean hasColon = colon < slash && bytes[colon] == ':';
        boolean port = hasColon && isDigits(bytes, colon + 1, slash);
        // A password may hold a slash that should have been encoded: look on, unless it is a port.
        int at = lastIndexOf(bytes, '@', authority, port || !hasColon ? slash : to);
        if (at < 0) {
            return truncated && hasColon && slash == to ? range(colon + 1, to) : -1;
        }
        if (hasColon && colon < at) {
            return range(colon + 1, at);
        }
        return isHttp(bytes, from, authority) ? range(authority, at) : -1; // "ssh://git@host" is no secret
    }

    private static boolean isHttp(byte[] bytes, int from, int authority) {
        int schemeEnd = authority - "://".length();
        int start = schemeEnd;
        while (start > from && isLetter(bytes[start - 1])) {
            start--;
        }
        return SecretNames.startsWith(bytes, start, schemeEnd, HTTP);
    }

    private static long range(int start, int end) {
        return (long) start << 32 | end;
    }

    private int hideRange(byte[] bytes, int copied, int start, int end) {
        if (start == end) {
            return copied;
        }
        copy(bytes, copied, start);
        hide();
        return end;
    }

    private void hide() {
        copy(REDACTED, 0, REDACTED.length);
    }

    private void copy(byte[] bytes, int start, int end) {
        int length = end - start;
        if (output.length - outputLength < length) {
            byte[] larger = new byte[Math.max(outputLength + length, 2 * output.length)];
            System.arraycopy(output, 0, larger, 0, outputLength);
            output = larger;
        }
        System.arraycopy(bytes, start, output, outputLength, length);
        outputLength += length;
    }

    private static int lastIndexOf(byte[] bytes, char wanted, int from, int to) {
        for (int i = to - 1; i >= from; i--) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isDigits(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(byte b) {
        return (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
    }

    private int endOfWord(byte[] bytes, int from, int to) {
        int end = from;
        int seen = 0;
        while (end < to) {
            int kind = KINDS[bytes[end] & 0xff];
            if ((kind & SPACE) != 0) {
                break;
            }
            seen |= kind;
            end++;
        }
        kinds = seen;
        return end;
    }

    private static byte[] kinds() {
        byte[] kinds = new byte[256];
        for (int i = 0; i < kinds.length; i++) {
            byte b = (byte) i;
            kinds[i] = (byte) ((b == '-' || b == '=' || b == ':' ? MARK : 0)
                    | (SPACES.contains(b) ? SPACE : 0)
                    | (b == '/' || SecretTokens.mayBegin(b) ? FORM : 0));
        }
        return kinds;
    }
}
