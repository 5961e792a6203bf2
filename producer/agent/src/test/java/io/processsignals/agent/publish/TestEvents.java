// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;

/** Events with just enough in them to be told apart. */
final class TestEvents {
    private static final SpecificDatumWriter<ProcessSignalEvent> WRITER =
            new SpecificDatumWriter<>(ProcessSignalEvent.class);

    private TestEvents() {}

    static ProcessSignalEvent event(int tgid, long sequence, long timestampMicros) {
        return ProcessSignalEvent.newBuilder()
                .setNode("node")
                .setBootId("boot")
                .setCaptureId(1)
                .setHook(Hook.PROCESS_EXEC)
                .setCpu(0)
                .setSequence(sequence)
                .setTimestamp(Instant.EPOCH.plus(timestampMicros, ChronoUnit.MICROS))
                .setBootTime(sequence)
                .setEventType(EventType.PROCESS_EXEC)
                .setPid(tgid)
                .setTgid(tgid)
                .build();
    }

    /** An event whose body takes somewhat more than so many bytes, which do not compress. */
    static ProcessSignalEvent large(int tgid, long sequence, long timestampMicros, int bytes) {
        StringBuilder text = new StringBuilder(bytes);
        new Random(sequence).ints(bytes, 33, 127).forEach(c -> text.append((char) c));
        ProcessSignalEvent event = event(tgid, sequence, timestampMicros);
        event.setExecInfo(ExecInfo.newBuilder()
                .setFilename("/bin/large")
                .setArguments(List.of(text.toString()))
                .build());
        return event;
    }

    static EncodedEvent encode(ProcessSignalEvent event) {
        EncodedEvent out = new EncodedEvent();
        out.key = (event.getNode() + "/" + event.getTgid()).getBytes(UTF_8);
        out.keyLength = out.key.length;
        out.value = body(event);
        out.valueLength = out.value.length;
        out.timestampMicros = micros(event);
        out.type = event.getEventType();
        out.hook = event.getHook();
        out.cpu = event.getCpu();
        out.captureId = event.getCaptureId();
        out.sequence = event.getSequence();
        out.bootTimeMicros = event.getBootTime();
        return out;
    }

    static byte[] body(ProcessSignalEvent event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            WRITER.write(event, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static long micros(ProcessSignalEvent event) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, event.getTimestamp());
    }
}
