// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.log.LogRecord;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts records that Kafka does not take into a side file, an Avro container that {@code replay --avro} reads, as long
 * as it is small. Every record is passed on to be counted as well: it will not be in the topic.
 */
public final class OversizeFile implements OversizeSink {
    private static final Logger LOG = LoggerFactory.getLogger(OversizeFile.class);

    /** Beyond this nothing more is written: somebody should look at what is there. */
    private static final long MAX_BYTES = 16L << 20;

    private final Path file;
    private final long maxBytes;
    private final OversizeSink counting;
    private final RecordDecoder decoder = new RecordDecoder();

    /**
     * @param file in a folder that is ours alone; made when it is needed, for its owner only
     * @param counting told of every record afterwards
     */
    public OversizeFile(Path file, OversizeSink counting) {
        this(file, MAX_BYTES, counting);
    }

    OversizeFile(Path file, long maxBytes, OversizeSink counting) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.counting = counting;
    }

    @Override
    public void accept(LogRecord record, String reason) {
        try {
            write(record);
        } catch (IOException | AvroRuntimeException e) {
            LOG.warn("An event that Kafka does not take is not kept in {} either: {}", file, OneLine.of(e));
        }
        counting.accept(record, reason);
    }

    /** Such records are rare: the file is open for no longer than one of them takes. */
    private void write(LogRecord record) throws IOException {
        boolean isNew = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        if (isNew) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("it is a link or no file");
        } else if (Files.size(file) + record.bodyLength() > maxBytes) {
            throw new IOException("it is full: move it away");
        }
        ProcessSignalEvent event = decoder.decode(record);
        try (DataFileWriter<ProcessSignalEvent> writer =
                new DataFileWriter<>(new SpecificDatumWriter<>(ProcessSignalEvent.class))) {
            if (isNew || Files.size(file) == 0) {
                writer.create(ProcessSignalEvent.getClassSchema(), file.toFile());
            } else {
                writer.appendTo(file.toFile());
            }
            writer.append(event);
        }
        LOG.info("An event that Kafka does not take is in {}", file);
    }
}
