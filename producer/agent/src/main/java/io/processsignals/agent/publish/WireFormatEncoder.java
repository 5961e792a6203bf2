// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.agent.registry.RegistryOutcome;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.log.LogRecord;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Confluent's wire format: a zero byte, the schema's id in four bytes, big-endian, and the record's body where it is.
 */
public final class WireFormatEncoder implements ValueEncoder {
    static final byte MAGIC = 0;
    static final int HEADER_LENGTH = LogRecord.BODY_OFFSET;

    private final SchemaRegistryClient registry;
    private final String subject;
    private final Map<Schema, RegistryOutcome> registered = new HashMap<>();

    /* The schema of the last record: nearly all have the same. */
    private @Nullable Schema current;
    private int currentId;

    public WireFormatEncoder(SchemaRegistryClient registry, String topic) {
        this.registry = registry;
        this.subject = SchemaRegistryClient.valueSubject(topic);
    }

    @Override
    public RegistryOutcome prepare(Schema schema) throws InterruptedException {
        RegistryOutcome known = registered.get(schema);
        if (known != null) {
            return known;
        }
        RegistryOutcome outcome = registry.resolve(subject, schema);
        if (outcome.isRegistered()) {
            registered.put(schema, outcome);
        }
        return outcome;
    }

    @Override
    public byte[] encode(LogRecord record) {
        if (!record.schema().equals(current)) {
            RegistryOutcome known = registered.get(record.schema());
            if (known == null) {
                throw new IllegalStateException("no schema id yet");
            }
            current = record.schema();
            currentId = known.schemaId();
        }
        byte[] value = record.framedBody();
        ByteBuffer.wrap(value).put(MAGIC).putInt(currentId);
        return value;
    }

    @Override
    public void close() {
        // Holds nothing open.
    }
}
