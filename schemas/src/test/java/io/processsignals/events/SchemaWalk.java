// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.events;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/** Finds the named types of a schema. */
final class SchemaWalk {
    private SchemaWalk() {}

    /** Records and enums by name, in the order of their first use. */
    static Map<String, Schema> namedTypes(Schema root) {
        Map<String, Schema> types = new LinkedHashMap<>();
        collect(root, types);
        return types;
    }

    private static void collect(Schema schema, Map<String, Schema> types) {
        switch (schema.getType()) {
            case RECORD -> {
                if (types.put(schema.getName(), schema) == null) {
                    schema.getFields().forEach(field -> collect(field.schema(), types));
                }
            }
            case ENUM -> types.put(schema.getName(), schema);
            case UNION -> schema.getTypes().forEach(branch -> collect(branch, types));
            case ARRAY -> collect(schema.getElementType(), types);
            case MAP -> collect(schema.getValueType(), types);
            default -> {}
        }
    }

    /** The type without its null branch. */
    static Schema withoutNull(Schema schema) {
        if (schema.getType() != Schema.Type.UNION) {
            return schema;
        }
        return schema.getTypes().stream()
                .filter(branch -> branch.getType() != Schema.Type.NULL)
                .findFirst()
                .orElseThrow();
    }
}
