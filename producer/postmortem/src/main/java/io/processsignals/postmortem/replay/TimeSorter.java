// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.EventSource;
import io.processsignals.postmortem.source.StoredEvent;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * Puts events in the order of their time. What does not fit in memory goes to temporary files, sorted runs that are
 * merged in the end.
 *
 * <p>The events of one node in one partition keep their order whatever their times say: it is the kernel's, while the
 * wall clock can step back.
 */
public final class TimeSorter implements Closeable {
    private static final int DEFAULT_MEMORY = 32 << 20;
    private static final int FILE_BUFFER = 64 << 10;

    private static final Comparator<Item> ORDER = Comparator.comparingLong(Item::time)
            .thenComparingInt(Item::partition)
            .thenComparingLong(Item::offset);

    /** An event and its place in the order; nanoseconds since the epoch. */
    @SuppressWarnings("ArrayRecordComponent") // private, never compared
    private record Item(long time, int partition, long offset, byte[] bytes) {}

    private record Lane(int partition, String node) {}

    private final SpecificData model = SpecificData.getForClass(ProcessSignalEvent.class);
    private final SpecificDatumWriter<ProcessSignalEvent> writer =
            new SpecificDatumWriter<>(ProcessSignalEvent.getClassSchema(), model);
    private final SpecificDatumReader<ProcessSignalEvent> reader =
            new SpecificDatumReader<>(ProcessSignalEvent.getClassSchema(), ProcessSignalEvent.getClassSchema(), model);
    private final int memory;
    private final Map<Lane, Long> latest = new HashMap<>();
    private final List<Path> runs = new ArrayList<>();
    private List<Item> items = new ArrayList<>();
    private long bytes;
    private @Nullable BinaryEncoder encoder;
    private @Nullable BinaryDecoder decoder;

    public TimeSorter() {
        this(DEFAULT_MEMORY);
    }

    /** @param memory bytes of encoded events to hold before a run is written */
    TimeSorter(int memory) {
        this.memory = memory;
    }

    public void add(StoredEvent stored) throws IOException {
        EventRecord record = stored.record();
        Instant timestamp = record.event().getTimestamp();
        long time = timestamp.getEpochSecond() * 1_000_000_000L
                + timestamp.getNano()
                + record.event().getNanoAdjust();
        Lane lane = new Lane(record.partition(), record.event().getNode());
        time = Math.max(time, latest.getOrDefault(lane, Long.MIN_VALUE));
        latest.put(lane, time);
        byte[] encoded = encode(stored);
        items.add(new Item(time, record.partition(), record.offset(), encoded));
        bytes += encoded.length + 64;
        if (bytes > memory) {
            spill();
        }
    }

    /** Hands out everything in order; can be called again. */
    public void drain(EventSource.Sink sink) throws IOException {
        items.sort(ORDER);
        List<Run> open = new ArrayList<>();
        try {
            PriorityQueue<Run> heads = new PriorityQueue<>(Comparator.comparing(Run::head, ORDER));
            for (Path path : runs) {
                open.add(new FileRun(path));
            }
            open.add(new MemoryRun(items));
            for (Run run : open) {
                if (run.advance()) {
                    heads.add(run);
                }
            }
            for (Run run = heads.poll(); run != null; run = heads.poll()) {
                if (!sink.accept(decode(run.head()))) {
                    return;
                }
                if (run.advance()) {
                    heads.add(run);
                }
            }
        } finally {
            for (Run run : open) {
                run.close();
            }
        }
    }

    /** Removes the temporary files. */
    @Override
    public void close() throws IOException {
        for (Path run : runs) {
            Files.deleteIfExists(run);
        }
    }

    private void spill() throws IOException {
        items.sort(ORDER);
        Path path = Files.createTempFile("process-signals-replay", ".run");
        runs.add(path);
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path), FILE_BUFFER))) {
            for (Item item : items) {
                out.writeLong(item.time);
                out.writeInt(item.partition);
                out.writeLong(item.offset);
                out.writeInt(item.bytes.length);
                out.write(item.bytes);
            }
        }
        items = new ArrayList<>();
        bytes = 0;
    }

    private byte[] encode(StoredEvent stored) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        DataOutputStream data = new DataOutputStream(out);
        data.writeLong(stored.timestampMillis());
        data.writeInt(stored.key().length);
        data.write(stored.key());
        byte[] wire = stored.wire().orElse(new byte[0]);
        data.writeInt(wire.length);
        data.write(wire);
        BinaryEncoder binary = EncoderFactory.get().directBinaryEncoder(out, encoder);
        encoder = binary;
        writer.write(stored.record().event(), binary);
        return out.toByteArray();
    }

    private StoredEvent decode(Item item) throws IOException {
        try (DataInputStream data = new DataInputStream(new ByteArrayInputStream(item.bytes))) {
            long timestamp = data.readLong();
            byte[] key = data.readNBytes(data.readInt());
            byte[] wire = data.readNBytes(data.readInt());
            BinaryDecoder binary = DecoderFactory.get().directBinaryDecoder(data, decoder);
            decoder = binary;
            ProcessSignalEvent event = reader.read(null, binary);
            return new StoredEvent(
                    new EventRecord(item.partition, item.offset, event),
                    timestamp,
                    key,
                    wire.length == 0 ? Optional.empty() : Optional.of(wire));
        }
    }

    /** A sorted sequence. */
    private abstract static class Run implements Closeable {
        private @Nullable Item head;

        /** @return false at the end */
        boolean advance() throws IOException {
            head = next();
            return head != null;
        }

        Item head() {
            return Objects.requireNonNull(head);
        }

        abstract @Nullable Item next() throws IOException;

        @Override
        public void close() throws IOException {}
    }

    private static final class MemoryRun extends Run {
        private final Iterator<Item> items;

        MemoryRun(List<Item> items) {
            this.items = items.iterator();
        }

        @Override
        @Nullable
        Item next() {
            return items.hasNext() ? items.next() : null;
        }
    }

    private static final class FileRun extends Run {
        private final DataInputStream in;
        private final long size;
        private long position;

        FileRun(Path path) throws IOException {
            size = Files.size(path);
            in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), FILE_BUFFER));
        }

        @Override
        @Nullable
        Item next() throws IOException {
            if (position >= size) {
                return null;
            }
            long time = in.readLong();
            int partition = in.readInt();
            long offset = in.readLong();
            byte[] bytes = in.readNBytes(in.readInt());
            position += 24 + bytes.length;
            return new Item(time, partition, offset, bytes);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
