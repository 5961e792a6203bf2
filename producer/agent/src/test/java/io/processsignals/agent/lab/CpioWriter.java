// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes an initramfs: a cpio archive in the "newc" format of the kernel's
 * {@code Documentation/driver-api/early-userspace/buffer-format.rst}. Everything belongs to root and is executable.
 */
final class CpioWriter implements AutoCloseable {
    private static final int REGULAR_FILE = 0100755;
    private static final int DIRECTORY = 0040755;
    private static final int ALIGNMENT = 4;

    private final OutputStream out;
    private final Set<String> directories = new HashSet<>();
    private int inode;

    CpioWriter(OutputStream out) {
        this.out = out;
    }

    /** @param name path without leading slash; its folders are made */
    void file(String name, Path source) throws IOException {
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            directory(name.substring(0, slash));
        }
        entry(name, REGULAR_FILE, Files.readAllBytes(source));
    }

    void directory(String name) throws IOException {
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            directory(name.substring(0, slash));
        }
        if (directories.add(name)) {
            entry(name, DIRECTORY, new byte[0]);
        }
    }

    /** All files below a folder; links are followed. */
    void tree(String name, Path source) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                file(name + "/" + source.relativize(file), file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        entry("TRAILER!!!", 0, new byte[0]);
        out.close();
    }

    private void entry(String name, int mode, byte[] content) throws IOException {
        byte[] nameBytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
        int[] fields = {++inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, nameBytes.length, 0};
        StringBuilder header = new StringBuilder("070701");
        for (int field : fields) {
            header.append("%08x".formatted(field));
        }
        out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
        out.write(nameBytes);
        pad(header.length() + nameBytes.length);
        out.write(content);
        pad(content.length);
    }

    private void pad(int length) throws IOException {
        out.write(new byte[Math.floorMod(-length, ALIGNMENT)]);
    }
}
