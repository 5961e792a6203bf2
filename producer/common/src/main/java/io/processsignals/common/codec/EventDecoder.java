// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.util.Objects;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the Avro body of events, without wire-format prefix, that were written with one schema. Reuses its decoder,
 * not the events. Used by one thread.
 *
 * <p>The JVM must run with {@code -Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.processsignals.events}, or Avro refuses
 * the generated classes.
 */
public final class EventDecoder {
    private final SpecificDatumReader<ProcessSignalEvent> reader;
    private @Nullable BinaryDecoder decoder;

    /** For events written with the schema of this build. */
    public EventDecoder() {
        this(ProcessSignalEvent.getClassSchema());
    }

    /**
     * For events written with another version of the schema.
     *
     * @param writer schema that the events were written with, as the registry gives it
     */
    public EventDecoder(Schema writer) {
        reader = new SpecificDatumReader<>(writer, ProcessSignalEvent.getClassSchema());
    }

    /**
     * Decodes {@code bytes[offset, offset + length)}, which must hold exactly one event.
     *
     * @throws EventDecodeException if it does not, or if the writer's schema does not resolve to ours
     */
    public ProcessSignalEvent decode(byte[] bytes, int offset, int length) throws EventDecodeException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        BinaryDecoder in = DecoderFactory.get().binaryDecoder(bytes, offset, length, decoder);
        decoder = in;
        ProcessSignalEvent event;
        boolean atEnd;
        try {
            event = reader.read(null, in);
            atEnd = in.isEnd();
        } catch (IOException
                | AvroRuntimeException
                | IndexOutOfBoundsException
                | ArithmeticException
                | UnsupportedOperationException e) {
            throw new EventDecodeException("not a ProcessSignalEvent of the writer's schema: " + e.getMessage(), e);
        }
        if (!atEnd) {
            throw new EventDecodeException("more bytes than one ProcessSignalEvent: " + length);
        }
        return event;
    }
}
