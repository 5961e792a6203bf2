// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ProcessText;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Between {@link Path} and the bytes of a file name. Java decodes names by the locale, which in a container is often
 * not UTF-8, and then they cannot be told apart or opened again; in a {@link URI} it keeps every byte.
 */
final class PathBytes {
    private PathBytes() {}

    /** The path as text of an event. */
    static String text(byte[] path) {
        byte[] utf8 = new byte[ProcessText.maxEncodedLength(path.length)];
        int length = ProcessText.encode(path, 0, path.length, utf8, 0);
        return new String(utf8, 0, length, StandardCharsets.UTF_8);
    }

    /** The bytes of an absolute path, without a slash at the end. */
    static byte[] of(Path path) {
        String decoded = path.toString();
        if (decoded.chars().allMatch(c -> c < 0x80)) {
            return decoded.getBytes(StandardCharsets.US_ASCII);
        }
        String encoded = path.toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%') {
                bytes.write(Integer.parseInt(encoded, i + 1, i + 3, 16));
                i += 2;
            } else if (c != '/' || i + 1 < encoded.length()) {
                bytes.write(c);
            }
        }
        return bytes.toByteArray();
    }

    /** The path below {@code base}; the relative path may begin with a slash. */
    static Path resolve(Path base, byte[] relative) {
        StringBuilder encoded = new StringBuilder(base.toAbsolutePath().toUri().getRawPath());
        for (byte b : relative) {
            if (b == '/') {
                encoded.append('/');
            } else {
                encoded.append('%')
                        .append(Character.forDigit((b >> 4) & 0xf, 16))
                        .append(Character.forDigit(b & 0xf, 16));
            }
        }
        return Path.of(URI.create("file://" + encoded));
    }
}
