// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
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

            EventHead head = decoder.decode(value, 5);
            assertThat(head)
                    .usingRecursiveComparison()
                    .ignoringFields("decoder", "details")
                    .isEqualTo(EventHead.of(event));
            assertThat(head.details()).isNotNull().usingRecursiveComparison().isEqualTo(EventDetails.of(event));
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
            EventHead head = decoder.decode(noise, 0); // must not throw
            if (head != null) {
                head.details();
            }
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
        ProcessSignalEvent event = (random.nextBoolean() ? Events.kill(1) : Events.exit(1)).build();
        event.setSequence(random.nextLong() >>> 12);
        if (random.nextBoolean()) {
            event.setContainer(Events.container("payments", "api-" + random.nextInt(5_000), random.nextInt(5_000)));
        }
        if (random.nextBoolean()) {
            event.setExecInfo(ExecInfo.newBuilder()
                    .setFilename("/usr/bin/x")
                    .setArguments(List.of("a", "b".repeat(random.nextInt(200))))
                    .build());
        }
        ExitInfo exit = event.getExitInfo();
        if (exit != null && random.nextBoolean()) {
            exit.setCode(137);
            exit.setSignal(9);
        }
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
