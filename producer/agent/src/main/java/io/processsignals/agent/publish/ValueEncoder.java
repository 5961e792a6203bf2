// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.agent.registry.RegistryOutcome;
import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.log.LogRecord;
import org.apache.avro.Schema;

/** Makes the value of a Kafka record from a log record. For the publish thread alone. */
public interface ValueEncoder extends AutoCloseable {
    /**
     * Makes ready for records that were written with this schema; asks the registry, once if it answers well. To be
     * called again after a while if the outcome has no id.
     */
    RegistryOutcome prepare(Schema schema) throws InterruptedException;

    /**
     * @param record of a schema that {@link #prepare} found an id for
     * @return the value, which may be the record's own {@link LogRecord#framedBody}
     * @throws EventDecodeException if the record's body is no event
     * @throws ValueEncodingException if it failed for a reason that may pass
     */
    byte[] encode(LogRecord record) throws EventDecodeException, ValueEncodingException;

    @Override
    void close();
}
