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
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EncodeBenchmark {
    private static final String TOPIC = "process-signals.events.v1";

    /** More than any cache remembers: what is of one process alone is met again only when it is forgotten. */
    private static final int PROCESSES = 1024;

    private static final String SERIALIZER = "io.confluent.kafka.serializers.KafkaAvroSerializer";

    @Benchmark
    public int processSignals(Records records) throws MalformedRecordException {
        return records.encode(records.following()).valueLength;
    }

    @Benchmark
    public int specificDatumWriter(AvroEncoder avro) throws IOException {
        return avro.encode();
    }

    @Benchmark
    public byte[] kafkaAvroSerializer(Confluent confluent) {
        return confluent.serializer.serialize(TOPIC, confluent.following());
    }

    /** Raw records of one kind, or of all in turn. */
    @State(Scope.Thread)
    public static class Records {
        /** A kind of {@link Recording.Kind}, or all of them in turn. */
        @Param({"EXEC", "EXIT", "EXIT_KILLED", "SIGNAL_SENT", "SIGNAL_DELIVERED", "OOM_KILL", "RUNNING", "MIXED"})
        String kind;

        /** File that {@link Recording#main} wrote. */
        @Param("")
        String recording;

        private RawPool pool;
        private EventAssembler assembler;
        private int next;
        private final EncodedEvent out = new EncodedEvent();

        @Setup(Level.Trial)
        public void open() throws IOException, MalformedRecordException {
            Recording recorded = Recording.read(Path.of(recording));
            assembler = recorded.assembler();
            Map<Recording.Kind, Integer> byKind = recorded.offsets();
            List<Integer> chosen = kind.equals("MIXED")
                    ? new ArrayList<>(byKind.values())
                    : List.of(byKind.get(Recording.Kind.valueOf(kind)));
            pool = new RawPool(recorded, chosen, PROCESSES * chosen.size());
        }

        private EncodedEvent encode(int index) throws MalformedRecordException {
            assembler.assemble(pool.bytes(), pool.offset(index), out);
            return out;
        }

        private int following() {
            int index = next;
            next = index + 1 == pool.size() ? 0 : index + 1;
            return index;
        }
    }

    /** The same as objects. */
    @State(Scope.Thread)
    public static class Events {
        private Records records;
        private ProcessSignalEvent[] events;

        @Setup(Level.Trial)
        public void decode(Records raw) throws IOException, MalformedRecordException {
            records = raw;
            events = new ProcessSignalEvent[records.pool.size()];
            SpecificDatumReader<ProcessSignalEvent> reader = new SpecificDatumReader<>(ProcessSignalEvent.class);
            for (int i = 0; i < events.length; i++) {
                EncodedEvent out = records.encode(i);
                events[i] = reader.read(null, DecoderFactory.get().binaryDecoder(out.value, 0, out.valueLength, null));
            }
        }

        final ProcessSignalEvent following() {
            return events[records.following()];
        }
    }

    /** With a buffer and an encoder that are used again. */
    @State(Scope.Thread)
    public static class AvroEncoder extends Events {
        private final SpecificDatumWriter<ProcessSignalEvent> writer =
                new SpecificDatumWriter<>(ProcessSignalEvent.class);
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        private BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);

        private int encode() throws IOException {
            bytes.reset();
            encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
            writer.write(following(), encoder);
            encoder.flush();
            return bytes.size();
        }
    }

    /**
     * The genuine serializer, with Avro, Kafka and the event's class from here, and its own stand-in for a registry.
     * One class loader for all kinds, or each would begin with classes that no compiler has seen.
     */
    @State(Scope.Thread)
    public static class Confluent extends Events {
        /** Jar with it. */
        @Param("")
        String confluent;

        private static ClassLoader loader;

        private Serializer<Object> serializer;

        @Setup(Level.Trial)
        @SuppressWarnings("unchecked") // it takes any object
        public void load() throws IOException, ReflectiveOperationException {
            if (loader == null) {
                URL jar = Path.of(confluent).toUri().toURL();
                loader = new URLClassLoader(new URL[] {jar}, EncodeBenchmark.class.getClassLoader());
            }
            Thread.currentThread().setContextClassLoader(loader);
            serializer = (Serializer<Object>)
                    loader.loadClass(SERIALIZER).getDeclaredConstructor().newInstance();
            serializer.configure(
                    Map.of("schema.registry.url", "mock://bench", "avro.remove.java.properties", true), false);
        }

        @TearDown(Level.Trial)
        public void close() {
            serializer.close();
        }
    }
}
