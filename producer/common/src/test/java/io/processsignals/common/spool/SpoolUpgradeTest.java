// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one build spooled, the next one sends under the schema it was written with. */
class SpoolUpgradeTest {
    private static final Schema OLD = schema("[\"UNKNOWN\",\"PROCESS_EXEC\"]", "");
    private static final Schema NEW = schema(
            "[\"UNKNOWN\",\"PROCESS_EXEC\",\"OF_ANOTHER_BUILD\"]",
            ",{\"name\":\"added\",\"type\":[\"null\",\"string\"],\"default\":null}");

    private final RecordingMonitor monitor = new RecordingMonitor();

    @TempDir
    private Path folder;

    @Test
    void recordsCarryTheSchemaTheyWereWrittenWith() throws Exception {
        try (Spool spool = open(OLD)) {
            append(spool, OLD, 1, 0, 10);
        }
        try (Spool spool = open(NEW)) {
            append(spool, NEW, 1, 10, 20);
            spool.commit();
            assertDecoded(readAll(spool.reader()), 0, 20);
        }
        try (SpoolReader reader = SpoolReader.open(folder.resolve("spool"), (segment, offset, bytes, reason) -> {})) {
            List<LogRecord> records = new ArrayList<>();
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                records.add(next.get().record());
            }
            assertDecoded(records, 0, 20);
        }
    }

    @Test
    void oneInstanceForEachSchema() throws Exception {
        for (int start = 0; start < 3; start++) {
            try (Spool spool = open(OLD)) {
                append(spool, OLD, 1, start, start + 1);
            }
        }
        try (Spool spool = open(NEW)) {
            append(spool, NEW, 1, 3, 4);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            assertThat(records.get(1).schema()).isSameAs(records.get(0).schema());
            assertThat(records.get(2).schema()).isSameAs(records.get(0).schema());
            assertThat(records.get(3).schema()).isSameAs(NEW);
        }
    }

    @Test
    void rewritingDoesNotMixSchemas() throws Exception {
        int perStart = 3_000;
        try (Spool spool = open(OLD)) {
            append(spool, OLD, 10, 0, perStart);
        }
        try (Spool spool = open(NEW)) {
            append(spool, NEW, 10, perStart, 3 * perStart);
            spool.commit();
            while (spool.diskBytes() > options().reclaimBytes()) {
                Thread.sleep(1);
            }
            List<LogRecord> records = readAll(spool.reader());
            assertThat(records).hasSize(3 * perStart - monitor.losses.size());
            for (LogRecord record : records) {
                int number = (int) decode(record).get("number");
                assertThat(record.schema()).isEqualTo(number < perStart ? OLD : NEW);
            }
            assertThat(records).anyMatch(record -> record.schema().equals(OLD));
        }
    }

    @Test
    void symbolsThatThisBuildDoesNotKnowAreUnknown() throws Exception {
        try (Spool spool = open(NEW)) {
            EncodedEvent event = event(NEW, 1, false);
            event.type = EventType.PROCESS_EXIT; // index 2, which the schema calls otherwise
            spool.append(event);
            spool.commit();
            assertThat(readAll(spool.reader()).get(0).type()).isEqualTo(EventType.UNKNOWN);
        }
    }

    private static void assertDecoded(List<LogRecord> records, int from, int to) throws IOException {
        assertThat(records).hasSize(to - from);
        for (int i = 0; i < records.size(); i++) {
            LogRecord record = records.get(i);
            assertThat(record.schema()).isEqualTo(i < 10 ? OLD : NEW);
            assertThat(record.type()).isEqualTo(EventType.PROCESS_EXEC);
            assertThat(decode(record).get("number")).isEqualTo(from + i);
        }
    }

    private static GenericRecord decode(LogRecord record) throws IOException {
        return new GenericDatumReader<GenericRecord>(record.schema())
                .read(null, DecoderFactory.get().binaryDecoder(record.body(), null));
    }

    private static void append(Spool spool, Schema schema, int priorityEvery, int from, int to) throws IOException {
        for (int number = from; number < to; number++) {
            spool.append(event(schema, number, number % priorityEvery == 0));
        }
    }

    private static EncodedEvent event(Schema schema, int number, boolean priority) throws IOException {
        GenericRecord record = new GenericData.Record(schema);
        record.put(
                "eventType",
                new GenericData.EnumSymbol(schema.getField("eventType").schema(), "PROCESS_EXEC"));
        record.put("number", number);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
        encoder.flush();
        EncodedEvent event = TestEvents.event(number, 60, priority);
        event.value = bytes.toByteArray();
        event.valueLength = event.value.length;
        event.type = EventType.PROCESS_EXEC;
        event.hook = Hook.UNKNOWN;
        return event;
    }

    private static Schema schema(String symbols, String moreFields) {
        return new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"Event\",\"fields\":["
                        + "{\"name\":\"eventType\",\"type\":{\"type\":\"enum\",\"name\":\"EventType\",\"symbols\":"
                        + symbols + ",\"default\":\"UNKNOWN\"}},{\"name\":\"number\",\"type\":\"int\"}" + moreFields
                        + "]}");
    }

    private SpoolOptions options() {
        return SpoolOptions.of(folder.resolve("spool"))
                .withBatchBytes(16 << 10)
                .withSegmentBytes(64 << 10)
                .withMaxBytes(6 * (64 << 10))
                .withCheckpointInterval(Duration.ofMillis(5));
    }

    private Spool open(Schema schema) throws SpoolException {
        return Spool.open(options(), schema, monitor, monitor);
    }
}
