// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class EventDecoderTest {
    private static final Schema CURRENT = ProcessSignalEvent.getClassSchema();

    private final EventDecoder decoder = new EventDecoder();

    @Test
    void readsAnEventInTheMiddleOfAnArray() throws EventDecodeException {
        MutableEvent event = new MutableEvent();
        EncodedEvent encoded = new EncodedEvent();
        ProcessSignalEvent expected = new RandomEvents(5).next(event);
        new EventEncoder().encode(event, encoded);
        byte[] bytes = new byte[encoded.valueLength + 12];
        System.arraycopy(encoded.value, 0, bytes, 5, encoded.valueLength);

        assertThat(decoder.decode(bytes, 5, encoded.valueLength)).isEqualTo(expected);
    }

    @Test
    void eventsAreNotShared() throws EventDecodeException {
        byte[] first = encoded("a");
        byte[] second = encoded("b");

        ProcessSignalEvent kept = decoder.decode(first, 0, first.length);
        decoder.decode(second, 0, second.length);

        assertThat(kept.getNode()).isEqualTo("a");
    }

    @Test
    void everyTruncationIsRefused() {
        MutableEvent event = new MutableEvent();
        EncodedEvent encoded = new EncodedEvent();
        RandomEvents events = new RandomEvents(6);
        for (int i = 0; i < 5; i++) {
            events.next(event);
            new EventEncoder().encode(event, encoded);
            for (int length = 0; length < Math.min(encoded.valueLength, 3000); length++) {
                int cut = length;
                assertThatThrownBy(() -> decoder.decode(encoded.value, 0, cut))
                        .isInstanceOf(EventDecodeException.class);
            }
        }
    }

    @Test
    void bytesAfterTheEventAreRefused() {
        byte[] bytes = encoded("a");

        assertThatThrownBy(() -> decoder.decode(Arrays.copyOf(bytes, bytes.length + 1), 0, bytes.length + 1))
                .isInstanceOf(EventDecodeException.class)
                .hasMessageContaining("more bytes");
    }

    /** A damaged record may still be an event, but never ends a reader in another way. */
    @Test
    void damagedEventsAreReadOrRefused() {
        Random random = new Random(99);
        MutableEvent event = new MutableEvent();
        EncodedEvent encoded = new EncodedEvent();
        RandomEvents events = new RandomEvents(7);
        int refused = 0;
        for (int i = 0; i < 30_000; i++) {
            events.next(event);
            new EventEncoder().encode(event, encoded);
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                encoded.value[random.nextInt(encoded.valueLength)] = (byte) random.nextInt();
            }
            try {
                decoder.decode(encoded.value, 0, encoded.valueLength);
            } catch (EventDecodeException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void hugeClaimedArrayIsRefusedWithoutTakingTheMemory() {
        MutableEvent event = new MutableEvent();
        EncodedEvent encoded = new EncodedEvent();
        event.execInfo.begin().arguments.begin();
        new EventEncoder().encode(event, encoded);
        byte[] forged = new byte[16];
        byte[] count = Arrays.copyOf(forged, AvroWriter.writeLong(forged, 0, Integer.MAX_VALUE - 100));
        // filename "", not truncated, branch 1, then the count of arguments: 0
        int at = indexOf(encoded.value, encoded.valueLength, new byte[] {2, 0, 0, 2, 0}) + 4;
        byte[] bytes = new byte[encoded.valueLength + count.length];
        System.arraycopy(encoded.value, 0, bytes, 0, at);
        System.arraycopy(count, 0, bytes, at, count.length);
        System.arraycopy(encoded.value, at, bytes, at + count.length, encoded.valueLength - at);

        assertThatThrownBy(() -> decoder.decode(bytes, 0, bytes.length)).isInstanceOf(EventDecodeException.class);
    }

    @Test
    void readsEventsOfAnOlderSchema() throws IOException {
        Schema older = copyWithout("suppressedInfo", "isOomKill", "nanoAdjust");
        GenericRecord record = minimal(older);

        ProcessSignalEvent event = decode(older, record);

        assertThat(event.getNode()).isEqualTo("old");
        assertThat(event.getIsOomKill()).isFalse();
        assertThat(event.getNanoAdjust()).isZero();
        assertThat(event.getSuppressedInfo()).isNull();
    }

    @Test
    void readsEventsOfANewerSchema() throws IOException {
        Schema newer = new Schema.Parser()
                .parse(CURRENT.toString()
                        .replace("\"EVENTS_SUPPRESSED\"]", "\"EVENTS_SUPPRESSED\",\"FROM_THE_FUTURE\"]"));
        GenericRecord record = minimal(newer);
        record.put(
                "eventType",
                new GenericData.EnumSymbol(newer.getField("eventType").schema(), "FROM_THE_FUTURE"));

        ProcessSignalEvent event = decode(newer, record);

        assertThat(event.getEventType()).isEqualTo(EventType.UNKNOWN);
    }

    @Test
    void aForeignSchemaIsRefused() {
        Schema foreign =
                SchemaBuilder.record("Other").fields().requiredString("x").endRecord();

        assertThatThrownBy(() -> new EventDecoder(foreign).decode(new byte[] {2, 'a'}, 0, 2))
                .isInstanceOf(EventDecodeException.class);
    }

    private static byte[] encoded(String node) {
        MutableEvent event = new MutableEvent();
        event.node.set(node);
        EncodedEvent encoded = new EncodedEvent();
        new EventEncoder().encode(event, encoded);
        return Arrays.copyOf(encoded.value, encoded.valueLength);
    }

    private static Schema copyWithout(String... names) {
        List<String> removed = List.of(names);
        List<Schema.Field> fields = CURRENT.getFields().stream()
                .filter(field -> !removed.contains(field.name()))
                .map(field -> new Schema.Field(field, field.schema()))
                .toList();
        return Schema.createRecord(CURRENT.getName(), CURRENT.getDoc(), CURRENT.getNamespace(), false, fields);
    }

    private static GenericRecord minimal(Schema schema) {
        GenericRecord record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
            record.put(
                    field.pos(),
                    field.hasDefaultValue()
                            ? GenericData.get().getDefaultValue(field)
                            : switch (field.schema().getType()) {
                                case STRING -> "old";
                                case INT -> 0;
                                default -> 0L;
                            });
        }
        return record;
    }

    private static ProcessSignalEvent decode(Schema writer, GenericRecord record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(writer).write(record, encoder);
        encoder.flush();
        return new EventDecoder(writer).decode(bytes.toByteArray(), 0, bytes.size());
    }

    private static int indexOf(byte[] bytes, int length, byte[] wanted) {
        for (int i = 0; i + wanted.length <= length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }
}
