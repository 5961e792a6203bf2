// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second agent out of the folder. The kernel gives the lock back when the process ends, however it ends; its
 * pid stays in the file unless it closed the spool.
 */
final class SpoolLock {
    /**
     * Somebody had the spool and did not close it.
     *
     * @param lastWritten when it last wrote to the spool
     */
    record Unclosed(String pid, Instant lastWritten) {}

    private static final Set<OpenOption> OPTIONS = Set.of(
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Pattern PID = Pattern.compile("[0-9]{1,19}");
    private static final int MAX_LENGTH = 20;

    private final FileChannel channel;
    private final Optional<Unclosed> unclosed;

    private SpoolLock(FileChannel channel, Optional<Unclosed> unclosed) {
        this.channel = channel;
        this.unclosed = unclosed;
    }

    static SpoolLock acquire(SpoolDirectory directory) throws SpoolException {
        Path file = directory.lockFile();
        FileChannel channel = null;
        try {
            channel = SpoolDirectory.POSIX
                    ? FileChannel.open(
                            file,
                            OPTIONS,
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                    : FileChannel.open(file, OPTIONS);
            if (tryLock(channel) == null) {
                throw SpoolException.inUse("the spool folder " + directory.path() + " is in use by process "
                        + read(channel).orElse("(unknown)") + ": stop it, or configure another spool folder");
            }
            Optional<String> pid = read(channel);
            Optional<Unclosed> unclosed =
                    pid.isEmpty() ? Optional.empty() : Optional.of(new Unclosed(pid.get(), directory.lastWritten()));
            write(channel, Long.toString(ProcessHandle.current().pid()));
            SpoolLock lock = new SpoolLock(channel, unclosed);
            channel = null;
            return lock;
        } catch (IOException e) {
            throw SpoolDirectory.unusable(directory.path(), e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** The process that had the spool before, if it did not close it. */
    Optional<Unclosed> unclosed() {
        return unclosed;
    }

    /**
     * Unlocks, and says that the spool was closed. The file stays: else two agents could lock two files of that name.
     */
    void release() {
        write(channel, "");
        closeQuietly(channel);
    }

    /** Unlocks, as if it had never been locked. */
    void abandon() {
        write(channel, unclosed.map(Unclosed::pid).orElse(""));
        closeQuietly(channel);
    }

    private static Optional<String> read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(MAX_LENGTH);
        int length = Math.max(0, channel.read(text, 0));
        return Optional.of(new String(text.array(), 0, length, StandardCharsets.ISO_8859_1))
                .filter(pid -> PID.matcher(pid).matches());
    }

    /** For messages only: that a full disk has no room for it is no reason not to start. */
    private static void write(FileChannel channel, String text) {
        try {
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (IOException e) {
            // the message will not name a process
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this very process holds it
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // nothing was written through it
            }
        }
    }
}
