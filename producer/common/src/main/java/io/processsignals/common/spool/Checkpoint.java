// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The file that holds the position of the first unacknowledged record; laid out as
 * {@link io.processsignals.common.spool} says. Replaced as a whole, so that it is either the old or the new one.
 */
final class Checkpoint {
    private static final byte[] MAGIC = "PSCHKPT\n".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int VERSION_OFFSET = 8;
    private static final int POSITION_OFFSET = 12;
    private static final int CRC_OFFSET = 20;
    private static final int LENGTH = 24;

    private final SpoolDirectory directory;

    Checkpoint(SpoolDirectory directory) {
        this.directory = directory;
    }

    /** Empty if there is none or it is damaged: then everything in the spool counts as unacknowledged. */
    OptionalLong load() throws IOException {
        byte[] bytes = new byte[LENGTH];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try (SegmentFile file = SegmentFile.openForReading(directory.checkpointFile())) {
            while (buffer.hasRemaining()) {
                if (file.read(buffer, buffer.position()) < 0) {
                    return OptionalLong.empty();
                }
            }
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
        boolean valid = Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                && buffer.getInt(VERSION_OFFSET) == VERSION
                && buffer.getInt(CRC_OFFSET) == crc(bytes);
        long position = buffer.getLong(POSITION_OFFSET);
        return valid && position >= 0 ? OptionalLong.of(position) : OptionalLong.empty();
    }

    /** @param durable whether to wait until it survives a power loss; else it may come back as an older one or none */
    void store(long position, boolean durable) throws IOException {
        byte[] bytes = new byte[LENGTH];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(MAGIC).putInt(VERSION).putLong(position);
        buffer.putInt(crc(bytes)).flip();
        Path target = directory.checkpointFile();
        Path temporary = directory.temporary(target);
        Files.deleteIfExists(temporary);
        try (SegmentFile file = SegmentFile.create(temporary)) {
            file.write(buffer, 0);
            if (durable) {
                file.sync();
            }
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CRC_OFFSET);
        return (int) crc.getValue();
    }
}
