// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.streams;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads events as the contract describes them: a zero byte, the writer's schema id, Avro. Whoever has Confluent's
 * {@code KafkaAvroDeserializer} uses that, with {@code specific.avro.reader=true}. Not thread-safe: each consumer makes
 * its own.
 */
public final class EventDeserializer implements Deserializer<ProcessSignalEvent> {
    private static final int PREFIX_LENGTH = 5;
    private static final int NOT_FOUND = 404;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final ObjectMapper json = new ObjectMapper();
    private final Map<Integer, SpecificDatumReader<ProcessSignalEvent>> readers = new HashMap<>();
    private final String registry;

    /** @param registry base URL of a registry with Confluent's API */
    public EventDeserializer(String registry) {
        this.registry = registry;
    }

    /**
     * @throws SerializationException if the record is no event
     * @throws RetriableException if the registry does not answer: the same record may be read later
     */
    @Override
    public @Nullable ProcessSignalEvent deserialize(String topic, byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        if (value.length < PREFIX_LENGTH || value[0] != 0) {
            throw new SerializationException("the record has no schema id in front");
        }
        int id = ByteBuffer.wrap(value).getInt(1);
        SpecificDatumReader<ProcessSignalEvent> reader = readers.get(id);
        if (reader == null) {
            reader = reader(id);
            readers.put(id, reader);
        }
        BinaryDecoder body =
                DecoderFactory.get().binaryDecoder(value, PREFIX_LENGTH, value.length - PREFIX_LENGTH, null);
        try {
            return reader.read(null, body);
        } catch (IOException | AvroRuntimeException e) {
            throw new SerializationException("the record does not decode with its schema, id " + id, e);
        }
    }

    /** Resolves the writer's schema to this program's: new fields are skipped, new symbols read as UNKNOWN. */
    private SpecificDatumReader<ProcessSignalEvent> reader(int id) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(registry + "/schemas/ids/" + id))
                .timeout(TIMEOUT)
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == NOT_FOUND) {
                throw new SerializationException("the registry does not know schema id " + id);
            }
            if (response.statusCode() != 200) {
                throw new TimeoutException("the registry answers with HTTP " + response.statusCode());
            }
            Schema writer = new Schema.Parser()
                    .parse(json.readTree(response.body()).path("schema").asText());
            Schema own = ProcessSignalEvent.getClassSchema();
            if (!writer.getFullName().equals(own.getFullName())) {
                throw new SerializationException("the record is a " + writer.getFullName());
            }
            return new SpecificDatumReader<>(writer, own, SpecificData.getForClass(ProcessSignalEvent.class));
        } catch (IOException e) {
            throw new TimeoutException("no registry answers at " + registry, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TimeoutException("interrupted while asking the registry", e);
        }
    }
}
