// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's memory page, of which a ring buffer must be a multiple: 4 KiB on x86_64, 4 to 64 KiB on aarch64. */
public final class PageSize {
    private static final long FALLBACK = 4096;
    private static final long AT_PAGESZ = 6; // uapi/linux/auxvec.h
    private static final int ENTRY_LENGTH = 2 * Long.BYTES;

    private static final long BYTES = read(Path.of("/proc/self/auxv"));

    private PageSize() {}

    /** Bytes; 4096 where the kernel does not say, as off Linux. */
    public static long bytes() {
        return BYTES;
    }

    static long read(Path auxiliaryVector) {
        try {
            ByteBuffer entries =
                    ByteBuffer.wrap(Files.readAllBytes(auxiliaryVector)).order(ByteOrder.nativeOrder());
            while (entries.remaining() >= ENTRY_LENGTH) {
                long type = entries.getLong();
                long value = entries.getLong();
                if (type == AT_PAGESZ) {
                    return value;
                }
            }
        } catch (IOException e) {
            // No such file off Linux; the fallback is only used to check a configured size.
        }
        return FALLBACK;
    }
}
