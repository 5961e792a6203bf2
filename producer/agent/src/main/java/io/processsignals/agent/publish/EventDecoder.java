// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.log.LogRecord;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.jspecify.annotations.Nullable;

/** Reads an event back from a record's body. For one thread. */
final class EventDecoder {
    private @Nullable Schema writer;
    private @Nullable SpecificDatumReader<ProcessSignalEvent> reader;
    private @Nullable BinaryDecoder decoder;

    ProcessSignalEvent decode(LogRecord record) throws UndecodableEventException {
        SpecificDatumReader<ProcessSignalEvent> current = reader;
        if (current == null || !record.schema().equals(writer)) {
            current = new SpecificDatumReader<>(record.schema(), ProcessSignalEvent.getClassSchema());
            reader = current;
            writer = record.schema();
        }
        try {
            BinaryDecoder body = DecoderFactory.get().binaryDecoder(record.value(), decoder);
            decoder = body;
            return current.read(new ProcessSignalEvent(), body);
        } catch (IOException | RuntimeException e) {
            // Avro throws whatever it stumbles over: EOF, negative sizes, indexes out of range.
            throw new UndecodableEventException("not an event: " + OneLine.of(e), e);
        }
    }
}
