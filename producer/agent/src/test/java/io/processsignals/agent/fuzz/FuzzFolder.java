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

    /** A file that is made new for each input, kept open since opening it costs more than what is tested. */
    public static final class Content {
        private final FileChannel channel;

        public Content(Path file) {
            try {
                channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Makes the file hold the first bytes of the array and nothing else. */
        public void set(byte[] bytes, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer, buffer.position());
            }
            channel.truncate(length);
        }
    }
}
