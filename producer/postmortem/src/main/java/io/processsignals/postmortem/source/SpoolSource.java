// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.log.LogRecord;
import io.processsignals.common.spool.SpoolReader;
import io.processsignals.common.spool.SpooledRecord;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.avro.Schema;

/** The spool folder of one node: what its agent had not sent yet, and what was not yet deleted. */
public final class SpoolSource implements EventSource {
    private final SpoolReader reader;
    private final Map<Schema, io.processsignals.common.codec.EventDecoder> decoders = new HashMap<>();
    private Optional<String> note = Optional.empty();
    private long position;

    public SpoolSource(Path directory) throws IOException {
        this.reader = SpoolReader.open(
                directory,
                (segment, offset, bytes, reason) -> note = Optional.of(
                        "skipped " + bytes + " bytes of " + segment + " from byte " + offset + ": " + reason));
    }

    @Override
    public void read(Window window, Supplier<? extends Prefilter> wantedByThread, Sink sink) throws IOException {
        Prefilter wanted = wantedByThread.get();
        for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
            LogRecord record = next.get().record();
            if (!wanted.key(record.key())) {
                continue;
            }
            try {
                ProcessSignalEvent event = decoders.computeIfAbsent(
                                record.schema(), schema -> new io.processsignals.common.codec.EventDecoder(schema))
                        .decode(record.framedBody(), LogRecord.BODY_OFFSET, record.bodyLength());
                if (window.contains(event)
                        && wanted.head(EventHead.of(event))
                        && !sink.accept(new StoredEvent(
                                new EventRecord(0, position++, event),
                                record.timestampMicros() / 1_000,
                                record.key(),
                                Optional.empty()))) {
                    return;
                }
            } catch (EventDecodeException e) {
                note = Optional.of("skipped a record that is no event: " + e.getMessage());
            }
        }
    }

    @Override
    public Optional<String> note() {
        return note;
    }

    /** What was acknowledged is deleted in parts: a hole says nothing. */
    @Override
    public boolean isWhole() {
        return false;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
