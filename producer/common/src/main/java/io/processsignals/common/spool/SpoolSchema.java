// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/** A segment's schema, with the meaning of the enum indices in its records. */
final class SpoolSchema {
    private final Schema schema;
    private final byte[] json;
    private final long fingerprint;
    private final EventType[] types;
    private final Hook[] hooks;

    private SpoolSchema(Schema schema, byte[] json) {
        this.schema = schema;
        this.json = json;
        this.fingerprint = SchemaNormalization.parsingFingerprint64(schema);
        this.types = symbols(schema, "eventType", EventType::valueOf, EventType.UNKNOWN)
                .toArray(EventType[]::new);
        this.hooks = symbols(schema, "hook", Hook::valueOf, Hook.UNKNOWN).toArray(Hook[]::new);
    }

    static SpoolSchema of(Schema schema) {
        return new SpoolSchema(schema, schema.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** @throws AvroRuntimeException if this is no schema */
    static SpoolSchema parse(byte[] json) {
        try {
            return new SpoolSchema(new Schema.Parser().parse(new String(json, StandardCharsets.UTF_8)), json);
        } catch (NullPointerException | ClassCastException | IllegalStateException e) {
            throw new AvroRuntimeException("no schema: " + e.getMessage(), e); // what Avro lets through
        }
    }

    Schema schema() {
        return schema;
    }

    /** The schema's JSON in UTF-8; shared, not to be written to. */
    byte[] json() {
        return json;
    }

    long fingerprint() {
        return fingerprint;
    }

    EventType type(int index) {
        return index < types.length ? types[index] : EventType.UNKNOWN;
    }

    Hook hook(int index) {
        return index < hooks.length ? hooks[index] : Hook.UNKNOWN;
    }

    /** The generated enums list the symbols in the schema's order, so that a writer's ordinal is the schema's index. */
    private static <E extends Enum<E>> List<E> symbols(
            Schema schema, String field, Function<String, E> valueOf, E unknown) {
        if (schema.getType() != Schema.Type.RECORD || schema.getField(field) == null) {
            return List.of();
        }
        Schema type = schema.getField(field).schema();
        if (type.getType() != Schema.Type.ENUM) {
            return List.of();
        }
        return type.getEnumSymbols().stream()
                .map(symbol -> {
                    try {
                        return valueOf.apply(symbol);
                    } catch (IllegalArgumentException e) {
                        return unknown; // a symbol that another build knows
                    }
                })
                .toList();
    }
}
