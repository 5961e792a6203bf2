// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;

/** An Avro container file, as {@code replay -o avro} writes it. */
public final class AvroFileSource implements EventSource {
    private final Path file;
    private final DataFileReader<ProcessSignalEvent> reader;

    public AvroFileSource(Path file) throws SourceException {
        this.file = file;
        try {
            if (!Files.exists(file)) {
                throw new NoSuchFileException(file.toString());
            }
            this.reader = new DataFileReader<>(
                    file.toFile(),
                    new SpecificDatumReader<>(
                            ProcessSignalEvent.getClassSchema(),
                            ProcessSignalEvent.getClassSchema(),
                            SpecificData.getForClass(ProcessSignalEvent.class)));
        } catch (NoSuchFileException e) {
            throw new SourceException("--avro " + file + ": no such file", e);
        } catch (IOException | AvroRuntimeException e) {
            throw new SourceException("--avro " + file + " is no Avro container file of events: " + e.getMessage(), e);
        }
    }

    @Override
    public void read(Window window, Supplier<? extends Prefilter> wantedByThread, Sink sink) throws IOException {
        Prefilter wanted = wantedByThread.get();
        long position = 0;
        try {
            while (reader.hasNext()) {
                ProcessSignalEvent event = reader.next();
                byte[] recordKey = (event.getNode() + "/" + event.getTgid()).getBytes(StandardCharsets.UTF_8);
                if (window.contains(event)
                        && wanted.key(recordKey)
                        && wanted.head(EventHead.of(event))
                        && !sink.accept(new StoredEvent(
                                new EventRecord(0, position++, event),
                                event.getTimestamp().toEpochMilli(),
                                recordKey,
                                Optional.empty()))) {
                    return;
                }
            }
        } catch (AvroRuntimeException e) {
            throw new SourceException("--avro " + file + " is damaged or holds no events: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<String> note() {
        return Optional.empty();
    }

    /** It may hold a choice of events only. */
    @Override
    public boolean isWhole() {
        return false;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
