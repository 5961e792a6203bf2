// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.jspecify.annotations.Nullable;

/**
 * Decodes record values in Confluent's wire format (a zero byte, the writer schema's id in four bytes, Avro binary),
 * and resolves older and newer schemas to the one of this version. Not thread-safe.
 */
public final class EventDecoder {
    private static final int PREFIX_LENGTH = 5;
    private static final byte MAGIC = 0;

    /** The generated class's own model, which knows its logical types. */
    private static final SpecificData MODEL = SpecificData.getForClass(ProcessSignalEvent.class);

    private final RegistryClient registry;
    private final Map<Integer, SpecificDatumReader<ProcessSignalEvent>> readers = new HashMap<>();
    private @Nullable BinaryDecoder decoder;

    public EventDecoder(RegistryClient registry) {
        this.registry = registry;
    }

    /**
     * @param value a record's value; null for a tombstone
     * @throws ForeignRecordException if the record is no event
     * @throws SourceException if the registry does not answer
     */
    public ProcessSignalEvent decode(byte @Nullable [] value) throws ForeignRecordException, SourceException {
        if (value == null || value.length < PREFIX_LENGTH || value[0] != MAGIC) {
            throw new ForeignRecordException("it has no schema id in front");
        }
        int id = ByteBuffer.wrap(value).getInt(1);
        SpecificDatumReader<ProcessSignalEvent> reader = readers.get(id);
        if (reader == null) {
            reader = reader(id);
            readers.put(id, reader);
        }
        BinaryDecoder body =
                DecoderFactory.get().binaryDecoder(value, PREFIX_LENGTH, value.length - PREFIX_LENGTH, decoder);
        decoder = body;
        try {
            ProcessSignalEvent event = reader.read(null, body);
            if (!body.isEnd()) {
                throw new ForeignRecordException("it is longer than its schema says");
            }
            return event;
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw new ForeignRecordException("it does not decode with its schema, id " + id);
        }
    }

    private SpecificDatumReader<ProcessSignalEvent> reader(int id) throws ForeignRecordException, SourceException {
        Optional<Schema> writer = registry.schema(id);
        if (writer.isEmpty()) {
            throw new ForeignRecordException("the registry does not know its schema, id " + id);
        }
        Schema ours = ProcessSignalEvent.getClassSchema();
        if (!writer.get().getFullName().equals(ours.getFullName())) {
            throw new ForeignRecordException("it is a " + writer.get().getFullName());
        }
        return new SpecificDatumReader<>(writer.get(), ours, MODEL);
    }
}
