// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

import io.processsignals.common.codec.EventSchema;
import io.processsignals.events.EventType;
import java.util.Arrays;
import org.apache.avro.Schema;

/**
 * One record read from an {@link EventLog}.
 *
 * @param position identifies it for {@link LogReader#acknowledge}; grows along the log
 * @param type what happened
 * @param timestampMicros wall clock, microseconds since the epoch
 * @param key record key, UTF-8
 * @param framedBody {@value #BODY_OFFSET} bytes that are free for a wire format's prefix, then the Avro body: a message
 *     is made of it in place, since a copy of every body would be half of what publishing allocates
 * @param schema what the body was written with: after an upgrade, a record of the build before carries its schema, and
 *     must go out under that schema's registry id. The same instance for all records of one schema, so that it can be
 *     compared by reference first.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to Kafka as they are, never compared
public record LogRecord(
        long position, EventType type, long timestampMicros, byte[] key, byte[] framedBody, Schema schema) {
    /** Where the body begins: behind room for Confluent's prefix, a byte and an int. */
    public static final int BODY_OFFSET = 5;

    /** A record written with this build's schema. */
    public LogRecord(long position, EventType type, long timestampMicros, byte[] key, byte[] framedBody) {
        this(position, type, timestampMicros, key, framedBody, EventSchema.schema());
    }

    /** Bytes of the Avro body. */
    public int bodyLength() {
        return framedBody.length - BODY_OFFSET;
    }

    /** A copy of the Avro body alone. */
    public byte[] body() {
        return Arrays.copyOfRange(framedBody, BODY_OFFSET, framedBody.length);
    }
}
