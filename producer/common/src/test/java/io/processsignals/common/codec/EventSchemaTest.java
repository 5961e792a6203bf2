// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.ProcessSignalEvent;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.junit.jupiter.api.Test;

class EventSchemaTest {
    @Test
    void isThatOfTheGeneratedClassWithoutItsJavaTypes() {
        assertThat(EventSchema.json()).doesNotContain("avro.java").contains("\"unit\":\"bytes\"");
        assertThat(EventSchema.fingerprint())
                .isEqualTo(SchemaNormalization.parsingFingerprint64(ProcessSignalEvent.getClassSchema()));
    }

    @Test
    void jsonReadsBackToTheSameSchema() {
        assertThat(new Schema.Parser().parse(EventSchema.json())).isEqualTo(EventSchema.schema());
    }
}
