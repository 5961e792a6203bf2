// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** The text of a schema as the registry is to know it. */
public final class SchemaText {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String TYPE = "type";

    private SchemaText() {}

    /**
     * The schema without {@code avro.java.string}, which the Java compiler of Avro adds and which is no part of the
     * contract: the text is that of the {@code .avsc} file, and the same that Confluent's serializer registers with
     * {@code avro.remove.java.properties=true}.
     */
    public static String of(Schema schema) {
        try {
            return MAPPER.writeValueAsString(withoutJavaProperties(MAPPER.readTree(schema.toString())));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a schema's text is always JSON", e);
        }
    }

    private static JsonNode withoutJavaProperties(JsonNode node) {
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, withoutJavaProperties(array.get(i)));
            }
        } else if (node instanceof ObjectNode object) {
            object.remove(GenericData.STRING_PROP);
            object.properties().forEach(field -> field.setValue(withoutJavaProperties(field.getValue())));
            if (object.size() == 1 && object.path(TYPE).isTextual()) {
                return object.get(TYPE);
            }
        }
        return node;
    }
}
