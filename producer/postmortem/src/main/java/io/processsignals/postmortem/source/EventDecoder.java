// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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
    private final Map<Integer, Version> versions = new HashMap<>();

    /** How to read what one version of the schema wrote. */
    private record Version(Optional<HeadDecoder> head, io.processsignals.common.codec.EventDecoder body) {}

    public EventDecoder(RegistryClient registry) {
        this.registry = registry;
    }

    /** Another one with the same registry, for another thread. */
    EventDecoder another() {
        return new EventDecoder(registry);
    }

    /**
     * @param value a record's value; null for a tombstone
     * @throws ForeignRecordException if the record is no event
     * @throws SourceException if the registry does not answer
     */
    public ProcessSignalEvent decode(byte @Nullable [] value) throws ForeignRecordException, SourceException {
        int id = schemaId(value);
        return body(version(id), id, value);
    }

    /**
     * The head of an event, which is read many times faster than all of it.
     *
     * @param value as for {@link #decode}
     * @return valid until the next call
     */
    EventHead head(byte @Nullable [] value) throws ForeignRecordException, SourceException {
        int id = schemaId(value);
        Version version = version(id);
        EventHead head =
                version.head.isPresent() && value != null ? version.head.get().decode(value, PREFIX_LENGTH) : null;
        return head == null ? EventHead.of(body(version, id, value)) : head;
    }

    private static int schemaId(byte @Nullable [] value) throws ForeignRecordException {
        if (value == null || value.length < PREFIX_LENGTH || value[0] != MAGIC) {
            throw new ForeignRecordException("it has no schema id in front");
        }
        return ByteBuffer.wrap(value).getInt(1);
    }

    private static ProcessSignalEvent body(Version version, int id, byte @Nullable [] value)
            throws ForeignRecordException {
        byte[] bytes = Objects.requireNonNull(value);
        try {
            return version.body.decode(bytes, PREFIX_LENGTH, bytes.length - PREFIX_LENGTH);
        } catch (EventDecodeException e) {
            throw new ForeignRecordException("it does not decode with its schema, id " + id);
        }
    }

    private Version version(int id) throws ForeignRecordException, SourceException {
        Version version = versions.get(id);
        if (version == null) {
            version = fetch(id);
            versions.put(id, version);
        }
        return version;
    }

    private Version fetch(int id) throws ForeignRecordException, SourceException {
        Optional<Schema> writer = registry.schema(id);
        if (writer.isEmpty()) {
            throw new ForeignRecordException("the registry does not know its schema, id " + id);
        }
        if (!writer.get()
                .getFullName()
                .equals(ProcessSignalEvent.getClassSchema().getFullName())) {
            throw new ForeignRecordException("it is a " + writer.get().getFullName());
        }
        return new Version(HeadDecoder.of(writer.get()), new io.processsignals.common.codec.EventDecoder(writer.get()));
    }
}
