// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps a second agent out of the folder. The kernel gives the lock back when the process ends, however it ends. */
final class SpoolLock {
    private static final Set<OpenOption> OPTIONS =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private final FileChannel channel;

    private SpoolLock(FileChannel channel) {
        this.channel = channel;
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
                        + holder(file) + ": stop it, or configure another spool folder");
            }
            writePid(channel);
            SpoolLock lock = new SpoolLock(channel);
            channel = null;
            return lock;
        } catch (IOException e) {
            throw SpoolDirectory.unusable(directory.path(), e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** Unlocks; the file stays, since deleting it would let two agents lock two files of that name. */
    void closeQuietly() {
        closeQuietly(channel);
    }

    /** For the other's error message only: that a full disk has no room for it is no reason not to start. */
    private static void writePid(FileChannel channel) {
        byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
        try {
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(pid));
        } catch (IOException e) {
            // the other's message will not name us
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this very process holds it
        }
    }

    private static String holder(Path file) throws IOException {
        String pid = Files.readString(file, StandardCharsets.ISO_8859_1);
        return pid.matches("[0-9]{1,19}") ? pid : "(unknown)";
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
