// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;

class HeadDecoderTest {
    private final HeadDecoder decoder = HeadDecoder.of(EventSchema.schema()).orElseThrow();

    @Test
    void readsWhatTheWholeDecoderReads() throws IOException {
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            ProcessSignalEvent event = random(random);
            byte[] body = encode(event);
            byte[] value = new byte[5 + body.length];
            System.arraycopy(body, 0, value, 5, body.length);

            assertThat(decoder.decode(value, 5)).usingRecursiveComparison().isEqualTo(EventHead.of(event));
        }
    }

    @Test
    void givesNothingForBytesThatEndTooEarlyOrAreNoEvent() throws IOException {
        byte[] body = encode(random(new Random(1)));
        Random random = new Random(2);

        for (int length = 0; length < 30; length++) {
            assertThat(decoder.decode(Arrays.copyOf(body, length), 0)).isNull();
        }
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            decoder.decode(noise, 0); // must not throw
        }
    }

    @Test
    void isNotForAnotherLayout() {
        Schema other = SchemaBuilder.record("ProcessSignalEvent")
                .fields()
                .requiredString("node")
                .endRecord();

        assertThat(HeadDecoder.of(other)).isEmpty();
    }

    private static ProcessSignalEvent random(Random random) {
        ProcessSignalEvent event = Events.kill(random.nextLong() >>> 12).build();
        event.setCluster(random.nextBoolean() ? null : "c\u00e9" + random.nextInt(3));
        event.setNode("node-" + random.nextInt(600));
        event.setBootId("boot-" + random.nextInt(600));
        event.setCaptureId(random.nextLong() >>> random.nextInt(64));
        event.setHook(any(random, Hook.values()));
        event.setCpu(random.nextInt(9) - 1);
        event.setTimestamp(Instant.EPOCH.plus(random.nextLong() >>> 14, ChronoUnit.MICROS));
        event.setBootTime(random.nextLong() >>> random.nextInt(64));
        event.setEventType(any(random, EventType.values()));
        event.setTgid(random.nextInt());
        return event;
    }

    private static <T> T any(Random random, T[] values) {
        return Arrays.asList(values).get(random.nextInt(values.length));
    }

    private static byte[] encode(ProcessSignalEvent event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        new SpecificDatumWriter<ProcessSignalEvent>(
                        ProcessSignalEvent.getClassSchema(), SpecificData.getForClass(ProcessSignalEvent.class))
                .write(event, encoder);
        return bytes.toByteArray();
    }
}
