// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolMonitor;
import io.processsignals.common.spool.SpoolOptions;
import io.processsignals.events.ProcessSignalEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;

/** Writes a spool as an agent does that never reached Kafka. */
public final class SpoolFolder {
    private SpoolFolder() {}

    public static void write(Path folder, List<ProcessSignalEvent> events) throws IOException {
        try (Spool spool = Spool.open(
                SpoolOptions.of(folder),
                EventSchema.schema(),
                (stage, type, priority, hook, cpu, captureId, sequence, bootTime) -> {
                    throw new IllegalStateException("lost " + type + " at " + stage);
                },
                new Failures())) {
            for (ProcessSignalEvent event : events) {
                spool.append(encode(event));
            }
            spool.commit();
        }
    }

    private static EncodedEvent encode(ProcessSignalEvent event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new SpecificDatumWriter<ProcessSignalEvent>(
                        ProcessSignalEvent.getClassSchema(), SpecificData.getForClass(ProcessSignalEvent.class))
                .write(event, encoder);
        encoder.flush();
        EncodedEvent encoded = new EncodedEvent();
        encoded.key = (event.getNode() + "/" + event.getTgid()).getBytes(StandardCharsets.UTF_8);
        encoded.keyLength = encoded.key.length;
        encoded.value = bytes.toByteArray();
        encoded.valueLength = encoded.value.length;
        encoded.timestampMicros = event.getTimestamp().toEpochMilli() * 1_000;
        encoded.type = event.getEventType();
        encoded.hook = event.getHook();
        encoded.cpu = event.getCpu();
        encoded.captureId = event.getCaptureId();
        encoded.sequence = event.getSequence();
        encoded.bootTimeMicros = event.getBootTime();
        return encoded;
    }

    /** What goes wrong fails the test. */
    private static final class Failures implements SpoolMonitor {
        @Override
        public void foundUnclosed(String pid, Instant lastWritten) {
            throw new IllegalStateException("left by process " + pid);
        }

        @Override
        public void corrupted(Path segment, long offset, long bytes, String reason) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void failing(String reason) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void recovered() {}

        @Override
        public void upkeepFailed(String reason) {
            throw new IllegalStateException(reason);
        }
    }
}
