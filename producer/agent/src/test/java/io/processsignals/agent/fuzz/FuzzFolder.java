// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A folder in the one that the test gives, which is in memory and is removed by it. */
public final class FuzzFolder {
    static final String PROPERTY = "fuzz.folder";

    private FuzzFolder() {}

    /** A new folder for one target. */
    public static Path create(String name) {
        String parent = System.getProperty(PROPERTY, System.getProperty("java.io.tmpdir"));
        try {
            return Files.createTempDirectory(Path.of(parent), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the file hold the first bytes of the array and nothing else. */
    public static void write(Path file, byte[] bytes, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }
}
