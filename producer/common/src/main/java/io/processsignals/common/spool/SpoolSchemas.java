// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The few schemas met in one spool: one instance for each, whatever the number of segments. Not thread-safe. */
final class SpoolSchemas {
    /** More than these are parsed again each time: only a damaged or hostile spool has so many. */
    private static final int MAX_KEPT = 16;

    private final List<SpoolSchema> known = new ArrayList<>();

    SpoolSchemas(SpoolSchema... known) {
        this.known.addAll(Arrays.asList(known));
    }

    /** @throws org.apache.avro.AvroRuntimeException if this is no schema */
    SpoolSchema parse(byte[] json) {
        for (SpoolSchema schema : known) {
            if (Arrays.equals(schema.json(), json)) {
                return schema;
            }
        }
        SpoolSchema schema = SpoolSchema.parse(json);
        if (known.size() < MAX_KEPT) {
            known.add(schema);
        }
        return schema;
    }
}
