// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.junit.jupiter.api.Test;

/** What keeps the schema evolvable and readable in every language. */
class SchemaRulesTest {
    private static final Schema SCHEMA = SchemaFiles.current();

    /**
     * Units that a number may have, and why it stays below 2^53 in each: microseconds last 285 years; no process maps 8
     * PiB of memory and no cgroup's id (a counter of 32 bits and its generation) or count of events comes near.
     */
    private static final Set<String> UNITS = Set.of(
            "microseconds",
            "microseconds since the epoch",
            "microseconds of CLOCK_BOOTTIME",
            "nanoseconds",
            "bytes",
            "count",
            "id");

    @Test
    void everyTypeAndFieldIsDocumented() {
        SchemaWalk.namedTypes(SCHEMA)
                .forEach((name, type) -> assertThat(type.getDoc()).as(name).isNotBlank());
        forEachField((name, field) -> assertThat(field.doc()).as(name).isNotBlank());
    }

    @Test
    void everyEnumFallsBackToUnknown() {
        for (Schema type : SchemaWalk.namedTypes(SCHEMA).values()) {
            if (type.getType() == Schema.Type.ENUM) {
                assertThat(type.getEnumDefault()).as(type.getName()).isEqualTo("UNKNOWN");
                assertThat(type.getEnumSymbols()).as(type.getName()).startsWith("UNKNOWN");
            }
        }
    }

    @Test
    void unionsOnlySayThatAValueMayBeAbsent() {
        forEachField((name, field) -> {
            if (field.schema().getType() == Schema.Type.UNION) {
                assertThat(field.schema().getTypes()).as(name).hasSize(2);
                assertThat(field.schema().getTypes().get(0).getType()).as(name).isEqualTo(Schema.Type.NULL);
                assertThat(field.defaultVal()).as(name).isEqualTo(JsonProperties.NULL_VALUE);
            }
        });
    }

    @Test
    void onlyTheIdentityAndTheClocksAreWithoutDefault() {
        forEachField((name, field) -> {
            if (!field.hasDefaultValue()) {
                assertThat(name)
                        .isIn(
                                "ProcessSignalEvent.node",
                                "ProcessSignalEvent.bootId",
                                "ProcessSignalEvent.captureId",
                                "ProcessSignalEvent.cpu",
                                "ProcessSignalEvent.sequence",
                                "ProcessSignalEvent.timestamp",
                                "ProcessSignalEvent.bootTime");
            }
        });
    }

    @Test
    void everyLongHasAUnitInWhichItIsBelow2To53() {
        assertThat(SCHEMA.getDoc()).contains("2^53");
        forEachField((name, field) -> {
            if (SchemaWalk.withoutNull(field.schema()).getType() == Schema.Type.LONG) {
                assertThat(field.getProp("unit")).as(name).isIn(UNITS);
            }
        });
    }

    @Test
    void numbersAreNeverFloatingPoint() {
        forEachField((name, field) -> assertThat(
                        SchemaWalk.withoutNull(field.schema()).getType())
                .as(name)
                .isNotIn(Schema.Type.FLOAT, Schema.Type.DOUBLE));
    }

    @Test
    void namesOfUnitsAreKnown() {
        forEachField((name, field) -> {
            if (field.getProp("unit") != null) {
                assertThat(field.getProp("unit")).as(name).isIn(UNITS);
            }
        });
    }

    @Test
    void theJarCarriesTheSchemaAsAResource() throws IOException {
        try (InputStream resource =
                ProcessSignalEvent.class.getResourceAsStream("/io/processsignals/events/ProcessSignalEvent.avsc")) {
            assertThat(resource).isNotNull();
            assertThat(new Schema.Parser().parse(resource)).isEqualTo(SCHEMA);
        }
    }

    @Test
    void theGeneratedClassIsOfThisSchema() {
        assertThat(SchemaNormalization.toParsingForm(ProcessSignalEvent.getClassSchema()))
                .isEqualTo(SchemaNormalization.toParsingForm(SCHEMA));
    }

    private static void forEachField(BiConsumer<String, Schema.Field> check) {
        for (Map.Entry<String, Schema> type : SchemaWalk.namedTypes(SCHEMA).entrySet()) {
            if (type.getValue().getType() == Schema.Type.RECORD) {
                type.getValue().getFields().forEach(field -> check.accept(type.getKey() + "." + field.name(), field));
            }
        }
    }
}
