// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;

/** Events told apart by their sequence, which also decides every byte of them. */
final class TestEvents {
    /** Small, so that segments are mostly records; the spool does not look into bodies. */
    static final Schema SCHEMA = SchemaBuilder.record("SmallEvent")
            .fields()
            .name("eventType")
            .type(EventType.getClassSchema())
            .noDefault()
            .name("hook")
            .type(Hook.getClassSchema())
            .noDefault()
            .endRecord();

    private static final EventType[] TYPES = EventType.values();
    private static final Hook[] HOOKS = Hook.values();

    private TestEvents() {}

    /** Every tenth has priority. */
    static EncodedEvent event(long sequence) {
        return event(sequence, 60);
    }

    static EncodedEvent event(long sequence, int valueLength) {
        return event(sequence, valueLength, isPriority(sequence));
    }

    static EncodedEvent event(long sequence, int valueLength, boolean priority) {
        EncodedEvent event = new EncodedEvent();
        fill(event, sequence, valueLength, priority);
        return event;
    }

    static void fill(EncodedEvent event, long sequence, int valueLength, boolean priority) {
        byte[] key = ("node/" + sequence % 97).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(key, 0, event.key, 0, key.length);
        event.keyLength = key.length;
        if (event.value.length < valueLength) {
            event.value = new byte[valueLength];
        }
        new Random(sequence).nextBytes(event.value);
        ByteBuffer.wrap(event.value).putLong(0, sequence);
        event.valueLength = valueLength;
        event.timestampMicros = timestamp(sequence);
        event.bootTimeMicros = sequence + 7;
        event.type = TYPES[(int) (sequence % TYPES.length)];
        event.priority = priority;
        event.hook = HOOKS[(int) (sequence % HOOKS.length)];
        event.cpu = (int) (sequence % 5) - 1;
        event.captureId = 1_000_000;
        event.sequence = sequence;
    }

    static boolean isPriority(long sequence) {
        return sequence % 10 == 0;
    }

    static long timestamp(long sequence) {
        return 1_700_000_000_000_000L + sequence;
    }

    /** The sequence of a record, after checking that every byte of it is what was appended. */
    static long check(LogRecord record) {
        long sequence = sequence(record);
        EncodedEvent event = event(sequence, record.bodyLength());
        assertThat(record.body()).isEqualTo(Arrays.copyOf(event.value, event.valueLength));
        assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo("node/" + sequence % 97);
        assertThat(record.timestampMicros()).isEqualTo(event.timestampMicros);
        assertThat(record.type()).isEqualTo(event.type);
        return sequence;
    }

    static long sequence(LogRecord record) {
        return ByteBuffer.wrap(record.framedBody()).getLong(LogRecord.BODY_OFFSET);
    }

    /** Everything that can be read now, without acknowledging it. */
    static List<LogRecord> readAll(LogReader reader) throws InterruptedException {
        List<LogRecord> all = new ArrayList<>();
        List<LogRecord> batch = new ArrayList<>();
        while (reader.read(batch, 1000, Duration.ZERO) > 0) {
            all.addAll(batch);
        }
        return all;
    }

    static List<Long> sequences(List<LogRecord> records) {
        return records.stream().map(TestEvents::check).toList();
    }

    static void append(Spool spool, long from, long to) {
        for (long sequence = from; sequence < to; sequence++) {
            assertThat(spool.append(event(sequence))).isTrue();
        }
    }
}
