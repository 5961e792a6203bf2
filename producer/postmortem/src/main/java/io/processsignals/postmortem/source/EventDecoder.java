// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Decodes record values in Confluent's wire format (a zero byte, the writer schema's id in four bytes, Avro binary),
 * and resolves older and newer schemas to the one of this version. Not thread-safe.
 */
public final class EventDecoder {
    private static final int PREFIX_LENGTH = 5;
    private static final byte MAGIC = 0;

    private final RegistryClient registry;
    private final Map<Integer, io.processsignals.common.codec.EventDecoder> bodies = new HashMap<>();

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
        io.processsignals.common.codec.EventDecoder body = bodies.get(id);
        if (body == null) {
            body = body(id);
            bodies.put(id, body);
        }
        try {
            return body.decode(value, PREFIX_LENGTH, value.length - PREFIX_LENGTH);
        } catch (EventDecodeException e) {
            throw new ForeignRecordException("it does not decode with its schema, id " + id);
        }
    }

    private io.processsignals.common.codec.EventDecoder body(int id) throws ForeignRecordException, SourceException {
        Optional<Schema> writer = registry.schema(id);
        if (writer.isEmpty()) {
            throw new ForeignRecordException("the registry does not know its schema, id " + id);
        }
        if (!writer.get()
                .getFullName()
                .equals(ProcessSignalEvent.getClassSchema().getFullName())) {
            throw new ForeignRecordException("it is a " + writer.get().getFullName());
        }
        return new io.processsignals.common.codec.EventDecoder(writer.get());
    }
}
