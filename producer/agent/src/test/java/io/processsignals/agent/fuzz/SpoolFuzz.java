// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import io.processsignals.agent.log.FailingMonitor;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LossListener;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolOptions;
import io.processsignals.common.spool.SpoolReader;
import io.processsignals.common.spool.SpooledRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.avro.Schema;

/**
 * A spool of two segments, the first one hostile, the second one whole: nothing but an {@link IOException} comes of it,
 * reading ends, and where the first has an honest header, the second is read whatever the first holds.
 *
 * <p>The first byte of the input says what the rest is: a segment as it is; records behind an honest header; such
 * records with lengths and checksums put right, so that the fields behind them are reached as well; the checkpoint; the
 * schema in a header whose lengths and checksum are right.
 */
public final class SpoolFuzz {
    private static final long GOOD_SEQUENCE = 4711;
    private static final int LENGTH_OFFSET = 12;
    private static final int SCHEMA_LENGTH_OFFSET = 52;
    private static final int SCHEMA_OFFSET = 56;
    private static final int RECORD_FIXED = 52;
    private static final int RECORD_PREFIX = 8;
    private static final int MOST_RECORDS = 1_000;

    /** Of the first segment; see the layout in {@link io.processsignals.common.spool}. */
    private static final int FIRST_CRC_MASK = 0x9E3779B1;

    /** A small one: a reader parses it for every input. */
    private static final Schema SCHEMA = new Schema.Parser()
            .parse("{'type':'record','name':'E','fields':[{'name':'hook','type':{'type':'enum','name':'H','symbols':"
                            .replace('\'', '"')
                    + "['UNKNOWN','PROCESS_EXIT']}}]}".replace('\'', '"'));

    private static final Path FOLDER = FuzzFolder.create("spool");
    private static final Path FIRST = FOLDER.resolve("0000000001.seg");
    private static final Path CHECKPOINT = FOLDER.resolve("checkpoint");

    private static final LossListener NO_LOSS =
            (stage, type, priority, hook, cpu, captureId, sequence, bootTimeMicros) -> {
                throw new IllegalStateException("lost at " + stage);
            };

    private static final byte[] HEADER = prepare();
    private static final FuzzFolder.Content FIRST_CONTENT = new FuzzFolder.Content(FIRST);
    private static final FuzzFolder.Content CHECKPOINT_CONTENT = new FuzzFolder.Content(CHECKPOINT);

    private SpoolFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        int kind = (input[0] & 0xff) % 5;
        try {
            byte[] segment = switch (kind) {
                case 0 -> rest;
                case 1 -> behindHeader(rest);
                case 2 -> behindHeader(putRight(rest));
                case 3 -> HEADER;
                default -> headerOf(rest);
            };
            FIRST_CONTENT.set(segment, segment.length);
            CHECKPOINT_CONTENT.set(rest, kind == 3 ? rest.length : 0);
            boolean secondRead = readAll();
            if (kind != 0 && kind != 4 && !secondRead) {
                throw new IllegalStateException("the second segment was not read");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the reader reports damage to its listener
        }
    }

    /** Whether the record of the second segment was the last. */
    private static boolean readAll() throws IOException {
        long last = 0;
        int records = 0;
        try (SpoolReader reader = SpoolReader.open(FOLDER, (segment, offset, bytes, reason) -> {})) {
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                SpooledRecord record = next.get();
                last = record.sequence();
                if (++records > MOST_RECORDS + 1) {
                    throw new IllegalStateException("more records than there are bytes");
                }
            }
        }
        return last == GOOD_SEQUENCE;
    }

    private static byte[] behindHeader(byte[] records) {
        byte[] segment = Arrays.copyOf(HEADER, HEADER.length + records.length);
        System.arraycopy(records, 0, segment, HEADER.length, records.length);
        return segment;
    }

    private static byte[] headerOf(byte[] schema) {
        int length = SCHEMA_OFFSET + schema.length + Integer.BYTES;
        ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.put(HEADER, 0, SCHEMA_OFFSET).put(schema);
        header.putInt(LENGTH_OFFSET, length).putInt(SCHEMA_LENGTH_OFFSET, schema.length);
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, length - Integer.BYTES);
        return header.putInt((int) crc.getValue()).array();
    }

    /**
     * Cuts the bytes into records of the lengths that they name as far as that goes, into an end mark where that is 0.
     */
    private static byte[] putRight(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        int start = 0;
        while (bytes.length - start >= RECORD_FIXED) {
            int most = bytes.length - start;
            int named = buffer.getInt(start + 4);
            int size = named == 0 ? RECORD_PREFIX : RECORD_FIXED + Math.floorMod(named, most - RECORD_FIXED + 1);
            buffer.putInt(start + 4, size - RECORD_PREFIX);
            crc.reset();
            crc.update(bytes, start + 4, size - 4);
            buffer.putInt(start, (int) crc.getValue() ^ FIRST_CRC_MASK);
            start += size;
        }
        return bytes;
    }

    /** Or no input would get behind the checksum, and nobody would notice. */
    private static void requirePutRight(byte[] record) {
        byte[] named = record.clone();
        ByteBuffer.wrap(named).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0).putInt(4, record.length - RECORD_FIXED);
        if (!Arrays.equals(putRight(named), record)) {
            throw new IllegalStateException("a record put right is none that the spool writes");
        }
    }

    /** Makes the second segment and returns the header of the first. */
    private static byte[] prepare() {
        try {
            EncodedEvent event = new EncodedEvent();
            event.key = new byte[] {'n', '/', '1'};
            event.keyLength = event.key.length;
            event.value = new byte[] {1};
            event.valueLength = event.value.length;
            event.type = EventType.PROCESS_EXIT;
            event.hook = Hook.PROCESS_EXIT;
            event.captureId = 1;
            event.sequence = GOOD_SEQUENCE;
            SpoolOptions options = SpoolOptions.of(FOLDER);
            byte[] header = new byte[0];
            for (int start = 1; start <= 2; start++) { // every start begins a segment
                try (Spool spool = Spool.open(options, SCHEMA, NO_LOSS, new FailingMonitor())) {
                    spool.append(event);
                    spool.commit();
                }
                if (start == 1) {
                    byte[] segment = Files.readAllBytes(FIRST);
                    int length = ByteBuffer.wrap(segment)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getInt(LENGTH_OFFSET);
                    header = Arrays.copyOf(segment, length);
                    requirePutRight(Arrays.copyOfRange(segment, length, segment.length));
                }
            }
            if (!Files.exists(FOLDER.resolve("0000000002.seg"))) {
                throw new IllegalStateException("there is no second segment");
            }
            return header;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
