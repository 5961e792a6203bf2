// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a spool's files without an agent, or beside one: changes nothing, takes no lock, needs neither Kafka nor native
 * code. Beside a running agent it may miss what is acknowledged, dropped or merged away while it reads. Not
 * thread-safe.
 */
public final class SpoolReader implements Closeable {
    /** Told of bytes that cannot be read. */
    @FunctionalInterface
    public interface DamageListener {
        /**
         * @param offset of the first bad byte
         * @param bytes how many are skipped
         * @param reason why, for a log line
         */
        void skipped(Path segment, long offset, long bytes, String reason);
    }

    private static final int READ_BUFFER_BYTES = 64 << 10;

    private final SpoolDirectory directory;
    private final DamageListener damage;
    private final long acknowledged;
    private final SpoolSchemas schemas = new SpoolSchemas();
    private final SegmentReader reader = new SegmentReader(READ_BUFFER_BYTES);

    private @Nullable SegmentHeader current;
    private Path currentPath = Path.of("");
    private long limit;

    /** Number up to which segments are done with. */
    private long finished;

    private SpoolReader(SpoolDirectory directory, DamageListener damage, long acknowledged) {
        this.directory = directory;
        this.damage = damage;
        this.acknowledged = acknowledged;
    }

    /** @throws SpoolException if there is no such folder, or it cannot be read */
    public static SpoolReader open(Path directory, DamageListener damage) throws SpoolException {
        SpoolDirectory folder = SpoolDirectory.forReading(directory);
        try {
            return new SpoolReader(folder, damage, new Checkpoint(folder).load().orElse(0));
        } catch (IOException e) {
            throw SpoolDirectory.unusable(directory, e);
        }
    }

    /**
     * The next record; empty at the end of what there is by now. If an agent is writing, asking again later may give
     * more.
     */
    public Optional<SpooledRecord> next() throws IOException {
        while (true) {
            SegmentHeader header = current;
            if (header == null) {
                if (!enter()) {
                    return Optional.empty();
                }
                continue;
            }
            SegmentReader.Step step = reader.next(limit);
            if (step == SegmentReader.Step.RECORD) {
                return Optional.of(record(header));
            }
            // In this order: a segment that another follows does not grow any more.
            boolean followed = directory.segmentFiles().higherKey(header.number()) != null;
            long size = reader.fileSize();
            if (size > limit || (followed && size < limit)) { // cut off by now: what the file held before
                limit = size;
                reader.forget();
                continue;
            }
            if (!followed) {
                reader.forget(); // what is no record may be a batch half written
                return Optional.empty();
            }
            // A file that is gone was acknowledged, and may be in use again
            if (step == SegmentReader.Step.BAD && Files.exists(currentPath, LinkOption.NOFOLLOW_LINKS)) {
                damage.skipped(
                        currentPath, reader.offset(), size - reader.offset(), "the bytes do not match their checksum");
            }
            current = null;
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    /** Opens the next segment that can be opened; false if there is none. */
    private boolean enter() throws IOException {
        NavigableMap<Long, Path> files = directory.segmentFiles();
        for (Map.Entry<Long, Path> entry = files.higherEntry(finished);
                entry != null;
                entry = files.higherEntry(finished)) {
            Path path = entry.getValue();
            long number = entry.getKey();
            try {
                if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    throw new UnreadableSegmentException("a link or no file", false);
                }
                SegmentFile file = SegmentFile.openForReading(path);
                try {
                    current = SegmentHeader.read(file, schemas);
                    if (current.number() != number) {
                        current = null;
                        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                            throw new UnreadableSegmentException("the header is another segment's", false);
                        }
                        throw new NoSuchFileException(path.toString()); // in use again since it was opened
                    }
                    limit = file.size();
                    currentPath = path;
                    finished = Math.max(number, current.lastNumber());
                    reader.open(file, current);
                    return true;
                } finally {
                    if (!reader.isOpen()) {
                        file.close();
                    }
                }
            } catch (UnreadableSegmentException e) {
                if (number == files.lastKey()) {
                    return false; // an agent may be about to write the header
                }
                damage.skipped(path, 0, Files.size(path), SpoolDirectory.reason(e));
                finished = number;
            } catch (NoSuchFileException e) {
                finished = number; // acknowledged and deleted just now
            }
        }
        return false;
    }

    private SpooledRecord record(SegmentHeader header) {
        RecordFlyweight record = reader.record();
        long position = Position.of(header.number(), reader.index() - 1);
        SpoolSchema schema = header.schema();
        return new SpooledRecord(
                record.toLogRecord(position, schema),
                record.priority(),
                schema.hook(record.hookIndex()),
                record.cpu(),
                record.captureId(),
                record.sequence(),
                record.bootTimeMicros(),
                position < acknowledged);
    }
}
