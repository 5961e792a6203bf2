// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.ProcessSignalEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.common.serialization.Serializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From a raw record to Avro bytes, for every kind of event, beside what Avro and Confluent need to encode alone: they
 * are given the event as an object that is there already.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EncodeBenchmark {
    private static final String TOPIC = "process-signals.events.v1";

    /** More than any cache remembers: what is of one process alone is met again only when it is forgotten. */
    private static final int PROCESSES = 1024;

    private static final String SERIALIZER = "io.confluent.kafka.serializers.KafkaAvroSerializer";

    /** A kind of {@link Recording.Kind}, or all of them in turn. */
    @Param({"EXEC", "EXIT", "EXIT_KILLED", "SIGNAL_SENT", "SIGNAL_DELIVERED", "OOM_KILL", "RUNNING", "MIXED"})
    String kind;

    /** File that {@link Recording#main} wrote. */
    @Param("")
    String recording;

    /** Jar with the genuine serializer. */
    @Param("")
    String confluent;

    private RawPool records;
    private EventAssembler assembler;
    private ProcessSignalEvent[] events;
    private int next;

    private final EncodedEvent out = new EncodedEvent();
    private final SpecificDatumWriter<ProcessSignalEvent> writer = new SpecificDatumWriter<>(ProcessSignalEvent.class);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private BinaryEncoder encoder;
    private URLClassLoader loader;
    private Serializer<Object> serializer;

    @Setup(Level.Trial)
    public void open() throws IOException, MalformedRecordException, ReflectiveOperationException {
        Recording recorded = Recording.read(Path.of(recording));
        assembler = recorded.assembler();
        Map<Recording.Kind, Integer> byKind = recorded.offsets();
        List<Integer> chosen = kind.equals("MIXED")
                ? new ArrayList<>(byKind.values())
                : List.of(byKind.get(Recording.Kind.valueOf(kind)));
        records = new RawPool(recorded, chosen, PROCESSES * chosen.size());
        events = new ProcessSignalEvent[records.size()];
        SpecificDatumReader<ProcessSignalEvent> reader = new SpecificDatumReader<>(ProcessSignalEvent.class);
        for (int i = 0; i < events.length; i++) {
            assembler.assemble(records.bytes(), records.offset(i), out);
            events[i] = reader.read(null, DecoderFactory.get().binaryDecoder(out.value, 0, out.valueLength, null));
        }
        encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        serializer = serializer();
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        serializer.close();
        loader.close();
    }

    @Benchmark
    public int processSignals() throws MalformedRecordException {
        assembler.assemble(records.bytes(), records.offset(following()), out);
        return out.valueLength;
    }

    @Benchmark
    public int specificDatumWriter() throws IOException {
        bytes.reset();
        encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
        writer.write(events[following()], encoder);
        encoder.flush();
        return bytes.size();
    }

    @Benchmark
    public byte[] kafkaAvroSerializer() {
        return serializer.serialize(TOPIC, events[following()]);
    }

    private int following() {
        int index = next;
        next = index + 1 == events.length ? 0 : index + 1;
        return index;
    }

    /** With Avro, Kafka and the event's class from here, and the registry client's own stand-in for a registry. */
    @SuppressWarnings("unchecked") // it takes any object
    private Serializer<Object> serializer() throws IOException, ReflectiveOperationException {
        URL jar = Path.of(confluent).toUri().toURL();
        loader = new URLClassLoader(new URL[] {jar}, EncodeBenchmark.class.getClassLoader());
        Thread thread = Thread.currentThread();
        thread.setContextClassLoader(loader);
        Serializer<Object> made = (Serializer<Object>)
                loader.loadClass(SERIALIZER).getDeclaredConstructor().newInstance();
        made.configure(Map.of("schema.registry.url", "mock://bench", "avro.remove.java.properties", true), false);
        return made;
    }
}
