// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file of the spool, never reached through a link.
 *
 * <p>An interrupt closes a {@link FileChannel} in the middle of an operation; here the operation is done all the same,
 * on a channel opened again, and the thread's interrupt status is kept for whoever waits for it. Every operation states
 * its offset, so that doing it twice does no harm. Closing while another thread is in an operation is the caller's to
 * avoid.
 */
final class SegmentFile implements Closeable {
    private static final FileAttribute<?>[] OWNER_ONLY = SpoolDirectory.POSIX
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> WRITE = Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> CREATE =
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final Set<OpenOption> reopenOptions;
    private FileChannel channel;

    private SegmentFile(Path path, Set<OpenOption> options, Set<OpenOption> reopenOptions) throws IOException {
        this.path = path;
        this.reopenOptions = reopenOptions;
        this.channel = FileChannel.open(path, options, OWNER_ONLY);
    }

    static SegmentFile openForReading(Path path) throws IOException {
        return new SegmentFile(path, READ, READ);
    }

    static SegmentFile openForWriting(Path path) throws IOException {
        return new SegmentFile(path, WRITE, WRITE);
    }

    /** @throws java.nio.file.FileAlreadyExistsException if anything has that name, a link included */
    static SegmentFile create(Path path) throws IOException {
        return new SegmentFile(path, CREATE, WRITE);
    }

    /** Reads at least one byte into a buffer that has room, or returns -1 at the end of the file. */
    int read(ByteBuffer target, long offset) throws IOException {
        boolean interrupted = false;
        int start = target.position();
        try {
            while (true) {
                try {
                    return channel.read(target, offset);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    target.position(start);
                    channel = FileChannel.open(path, reopenOptions);
                }
            }
        } finally {
            restore(interrupted);
        }
    }

    /** Writes all of the buffer's remaining bytes; after an exception, how many is not known. */
    void write(ByteBuffer source, long offset) throws IOException {
        boolean interrupted = false;
        int start = source.position();
        try {
            while (source.hasRemaining()) {
                try {
                    channel.write(source, offset + source.position() - start);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    source.position(start);
                    channel = FileChannel.open(path, reopenOptions);
                }
            }
        } finally {
            restore(interrupted);
        }
    }

    void truncate(long size) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    channel.truncate(size);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    channel = FileChannel.open(path, reopenOptions);
                }
            }
        } finally {
            restore(interrupted);
        }
    }

    /** Makes the file's bytes and size durable. */
    void sync() throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    channel.force(false);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    channel = FileChannel.open(path, reopenOptions);
                }
            }
        } finally {
            restore(interrupted);
        }
    }

    long size() throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return channel.size();
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    channel = FileChannel.open(path, reopenOptions);
                }
            }
        } finally {
            restore(interrupted);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
