// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.ProcessSignalEvent;
import org.apache.avro.Schema;

/** Reads events back from records of whatever schema. For one thread. */
final class RecordDecoder {
    private Schema schema = ProcessSignalEvent.getClassSchema();
    private EventDecoder decoder = new EventDecoder();

    ProcessSignalEvent decode(LogRecord record) throws EventDecodeException {
        if (!record.schema().equals(schema)) {
            schema = record.schema();
            decoder = new EventDecoder(schema);
        }
        return decoder.decode(record.framedBody(), LogRecord.BODY_OFFSET, record.bodyLength());
    }
}
