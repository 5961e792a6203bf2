// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * The schema as its file says it: the one to register. That of the generated class says in addition which Java types to
 * use, which is nobody else's business and would be another version in the registry.
 */
public final class EventSchema {
    private static final String RESOURCE = "/io/processsignals/events/ProcessSignalEvent.avsc";

    private static final Schema SCHEMA = load();

    private EventSchema() {}

    public static Schema schema() {
        return SCHEMA;
    }

    /** On one line, with documentation and units. */
    public static String json() {
        return SCHEMA.toString();
    }

    /** CRC-64-AVRO of the parsing canonical form: the same for schemas that write the same bytes. */
    public static long fingerprint() {
        return SchemaNormalization.parsingFingerprint64(SCHEMA);
    }

    private static Schema load() {
        try (InputStream resource = ProcessSignalEvent.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException("missing in process-signals-schemas.jar: " + RESOURCE);
            }
            return new Schema.Parser().parse(new String(resource.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
