// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.events.EventType;
import org.apache.avro.Schema;

/**
 * One record read from an {@link EventLog}.
 *
 * @param position identifies it for {@link LogReader#acknowledge}; grows along the log
 * @param type what happened
 * @param timestampMicros wall clock, microseconds since the epoch
 * @param key record key, UTF-8
 * @param value Avro body without wire-format prefix
 * @param schema what the body was written with: after an upgrade, a record of the build before carries its schema, and
 *     must go out under that schema's registry id. The same instance for all records of one schema, so that it can be
 *     compared by reference first.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to Kafka as they are, never compared
public record LogRecord(long position, EventType type, long timestampMicros, byte[] key, byte[] value, Schema schema) {
    /** A record written with this build's schema. */
    public LogRecord(long position, EventType type, long timestampMicros, byte[] key, byte[] value) {
        this(position, type, timestampMicros, key, value, EventSchema.schema());
    }
}
