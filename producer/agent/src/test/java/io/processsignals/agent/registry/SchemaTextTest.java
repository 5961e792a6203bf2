// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.ProcessSignalEvent;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.junit.jupiter.api.Test;

class SchemaTextTest {
    private final Schema compiled = ProcessSignalEvent.getClassSchema();
    private final Schema registered = new Schema.Parser().parse(SchemaText.of(compiled));

    @Test
    void whatJavaAddedIsGone() {
        assertThat(compiled.toString()).contains("avro.java.string");
        assertThat(SchemaText.of(compiled)).doesNotContain("avro.java");
    }

    @Test
    void theSchemaIsTheSame() {
        assertThat(SchemaNormalization.toParsingForm(registered))
                .isEqualTo(SchemaNormalization.toParsingForm(compiled));
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(compiled, registered)
                        .getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    @Test
    void logicalTypesDefaultsAndDocumentationStay() {
        Schema.Field timestamp = registered.getField("timestamp");

        assertThat(timestamp.schema().getLogicalType().getName()).isEqualTo("timestamp-micros");
        assertThat(timestamp.doc()).isEqualTo(compiled.getField("timestamp").doc());
        assertThat(registered.getField("container").defaultVal())
                .isEqualTo(compiled.getField("container").defaultVal());
        assertThat(registered.getField("eventType").schema().getEnumDefault()).isEqualTo("UNKNOWN");
    }

    @Test
    void aTypeInItsLongFormIsShortened() {
        Schema schema = new Schema.Parser().parse("""
                {"type":"record","name":"R","fields":[
                  {"name":"a","type":{"type":"string","avro.java.string":"String"}},
                  {"name":"b","type":["null",{"type":"array","items":{"type":"string","avro.java.string":"String"}}]}]}
                """);

        assertThat(SchemaText.of(schema))
                .isEqualTo("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"},"
                        + "{\"name\":\"b\",\"type\":[\"null\",{\"type\":\"array\",\"items\":\"string\"}]}]}");
    }
}
