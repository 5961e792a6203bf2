// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.common.log.EncodedEvent;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/** Keys and values of a pool's events, made before, for a bare producer. */
final class ReadyMessages {
    private static final byte[] PREFIX = {0, 0, 0, 0, 1}; // wire format: magic byte and schema id

    private final byte[][] keys;
    private final byte[][] values;

    /** @param size of the pool */
    ReadyMessages(RawPool pool, int size, EventAssembler assembler) throws MalformedRecordException {
        keys = new byte[size][];
        values = new byte[size][];
        EncodedEvent event = new EncodedEvent();
        for (int i = 0; i < size; i++) {
            assembler.assemble(pool.bytes(), pool.offset(i), event);
            keys[i] = ByteBuffer.allocate(event.keyLength)
                    .put(event.key, 0, event.keyLength)
                    .array();
            values[i] = ByteBuffer.allocate(PREFIX.length + event.valueLength)
                    .put(PREFIX)
                    .put(event.value, 0, event.valueLength)
                    .array();
        }
    }

    byte[] key(int index) {
        return keys[index];
    }

    byte[] value(int index) {
        return values[index];
    }

    long meanValueBytes() {
        return Stream.of(values).mapToLong(value -> value.length).sum() / values.length;
    }
}
