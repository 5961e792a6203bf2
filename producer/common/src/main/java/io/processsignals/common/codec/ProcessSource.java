// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

/**
 * Where the encoder reads a process that an event is about or refers to, so that its fields need not be copied into the
 * event first. Mirrors the schema's {@code ProcessReference}, which documents units and ranges under the same names,
 * but for the container. Must say the same until the event is encoded.
 *
 * <p>A command name is 16 bytes as the kernel keeps it, padded with NULs; what is no UTF-8 goes by the rule of
 * {@link ProcessText}. It comes as two numbers, the first byte lowest.
 */
public interface ProcessSource {
    /** Where what decides all of the following is, and perhaps more: who has the same bytes there says the same. */
    byte[] identity();

    /** Where in {@link #identity()} it begins. */
    int identityOffset();

    /** Bytes of it, the same for all sources of one encoder: a multiple of 8. */
    int identityLength();

    int pid();

    int tgid();

    int ppid();

    int nsPid();

    /** Bytes 0 to 7. */
    long commandLow();

    /** Bytes 8 to 15. */
    long commandHigh();

    long startTime();

    long uid();

    long gid();

    /** Bytes 0 to 7. */
    long parentCommandLow();

    /** Bytes 8 to 15. */
    long parentCommandHigh();

    long parentStartTime();
}
