// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.events;

import java.util.Locale;
import java.util.StringJoiner;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;

/** Renders the schema as the tables of CONTRACT.md: one per record, in the order of first use, then the enums. */
final class ContractTables {
    private ContractTables() {}

    static String render(Schema root) {
        StringBuilder text = new StringBuilder();
        for (Schema type : SchemaWalk.namedTypes(root).values()) {
            if (type.getType() == Schema.Type.RECORD) {
                text.append("### ").append(type.getName()).append("\n\n");
                text.append(type.getDoc()).append("\n\n");
                text.append("| field | type | unit | default | meaning |\n|---|---|---|---|---|\n");
                type.getFields().forEach(field -> text.append(row(field)));
                text.append('\n');
            }
        }
        text.append("### Enums\n\n| enum | symbols | meaning |\n|---|---|---|\n");
        for (Schema type : SchemaWalk.namedTypes(root).values()) {
            if (type.getType() == Schema.Type.ENUM) {
                StringJoiner symbols = new StringJoiner(", ");
                type.getEnumSymbols().forEach(symbol -> symbols.add("`" + symbol + "`"));
                text.append("| ").append(type.getName()).append(" | ");
                text.append(symbols).append(" | ").append(cell(type.getDoc())).append(" |\n");
            }
        }
        return text.toString();
    }

    private static String row(Schema.Field field) {
        Object unit = field.getObjectProp("unit");
        return "| `" + field.name() + "` | " + type(field.schema()) + " | " + (unit == null ? "" : unit) + " | "
                + defaultValue(field) + " | " + cell(field.doc()) + " |\n";
    }

    private static String type(Schema schema) {
        if (schema.getType() == Schema.Type.UNION) {
            return type(SchemaWalk.withoutNull(schema)) + "?";
        }
        return switch (schema.getType()) {
            case RECORD -> "[" + schema.getName() + "](#" + schema.getName().toLowerCase(Locale.ROOT) + ")";
            case ENUM -> "[" + schema.getName() + "](#enums)";
            case ARRAY -> "array of " + type(schema.getElementType());
            case MAP -> "map of " + type(schema.getValueType());
            default ->
                schema.getLogicalType() == null
                        ? schema.getType().getName()
                        : schema.getType().getName() + " ("
                                + schema.getLogicalType().getName() + ")";
        };
    }

    private static String defaultValue(Schema.Field field) {
        if (!field.hasDefaultValue()) {
            return "";
        }
        Object value = field.defaultVal();
        return value == JsonProperties.NULL_VALUE ? "absent" : value.equals("") ? "\"\"" : value.toString();
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }
}
