// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/**
 * Fetches writer schemas by their id from a schema registry with Confluent's API; remembers every answer, since an id
 * never changes its meaning. Thread-safe: one asks at a time.
 */
public final class RegistryClient {
    /** {@code user:password} for basic authentication. */
    public static final String BASIC_AUTH_USER_INFO = "basic.auth.user.info";

    public static final String BEARER_AUTH_TOKEN = "bearer.auth.token";

    private static final String SSL_PREFIX = "ssl.";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int NOT_FOUND = 404;
    private static final int SCHEMA_NOT_FOUND = 40403;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http;
    private final List<String> urls;
    private final Optional<String> authorization;
    private final Map<Integer, Optional<Schema>> schemas = new HashMap<>();

    /**
     * @param urls base URL, or several separated by commas, tried in order
     * @param settings {@value #BASIC_AUTH_USER_INFO} or {@value #BEARER_AUTH_TOKEN}, or neither; {@code ssl.*} as
     *     Kafka's clients know it
     */
    public RegistryClient(String urls, Map<String, String> settings) throws SourceException {
        this.urls = parse(urls);
        this.authorization = authorization(settings);
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT);
        if (settings.keySet().stream().anyMatch(key -> key.startsWith(SSL_PREFIX))) {
            builder.sslContext(sslContext(settings));
        }
        this.http = builder.build();
    }

    /** The schema, or nothing if the registry does not know the id. */
    public synchronized Optional<Schema> schema(int id) throws SourceException {
        Optional<Schema> known = schemas.get(id);
        if (known == null) {
            known = fetch(id);
            schemas.put(id, known);
        }
        return known;
    }

    /** Fails unless a registry answers at one of the URLs. */
    public synchronized void requireAnswer() throws SourceException {
        get("/subjects");
    }

    private Optional<Schema> fetch(int id) throws SourceException {
        Answer answer = get("/schemas/ids/" + id);
        if (answer.status == NOT_FOUND) {
            return Optional.empty();
        }
        JsonNode type = answer.body.path("schemaType");
        if (!type.isMissingNode() && !type.asText().equals("AVRO")) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Schema.Parser().parse(answer.body.path("schema").asText()));
        } catch (AvroRuntimeException e) {
            throw new SourceException("the registry at " + answer.url + " gave schema " + id
                    + ", which is no Avro schema this version can read: " + e.getMessage());
        }
    }

    /** An answer of the API: 200, or 404 that says that the schema is not known. */
    private record Answer(String url, int status, JsonNode body) {}

    private Answer get(String path) throws SourceException {
        String failure = "";
        for (String url : urls) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT);
            request.header("Accept", "application/vnd.schemaregistry.v1+json, application/json");
            authorization.ifPresent(value -> request.header("Authorization", value));
            try {
                HttpResponse<String> response =
                        http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
                Optional<Answer> answer = answer(url, response);
                if (answer.isPresent()) {
                    return answer.get();
                }
                failure = explain(url, response.statusCode());
            } catch (IOException e) {
                failure = "no schema registry answers at " + url + " (" + describe(e) + "): check --registry";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SourceException("interrupted while asking the registry", e);
            }
        }
        throw new SourceException(failure);
    }

    private Optional<Answer> answer(String url, HttpResponse<String> response) {
        int status = response.statusCode();
        if (status != 200 && status != NOT_FOUND) {
            return Optional.empty();
        }
        try {
            JsonNode body = json.readTree(response.body());
            boolean known = status == 200
                    ? body.isArray() || body.has("schema")
                    : body.path("error_code").asInt() == SCHEMA_NOT_FOUND;
            return known ? Optional.of(new Answer(url, status, body)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static String explain(String url, int status) {
        return switch (status) {
            case 401, 403 ->
                "the schema registry at " + url + " refuses access (HTTP " + status + "): set registry."
                        + BASIC_AUTH_USER_INFO + " or registry." + BEARER_AUTH_TOKEN
                        + " in the file of --client-config";
            case 200, NOT_FOUND ->
                "what answers at " + url + " (HTTP " + status
                        + ") is not a schema registry's API: check the path in --registry";
            default -> "the schema registry at " + url + " answers with HTTP " + status + ": try again, or check it";
        };
    }

    private static String describe(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static List<String> parse(String urls) throws SourceException {
        List<String> parsed = new ArrayList<>();
        for (String url : urls.split(",")) {
            String trimmed = url.strip().replaceAll("/+$", "");
            try {
                URI uri = URI.create(trimmed);
                if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
                    throw new IllegalArgumentException();
                }
            } catch (IllegalArgumentException e) {
                throw new SourceException(
                        "--registry '" + trimmed + "' is not a URL such as http://registry.example:8081");
            }
            parsed.add(trimmed);
        }
        return parsed;
    }

    /** Kafka's own reading of {@code ssl.*}, so that the registry's keys mean what the broker's mean. */
    private static SSLContext sslContext(Map<String, String> settings) throws SourceException {
        ConfigDef def = new ConfigDef();
        SslConfigs.addClientSslSupport(def);
        try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
            factory.configure(def.parse(settings));
            return factory.sslContext();
        } catch (KafkaException e) {
            throw new SourceException(
                    "registry.ssl.* in the file of --client-config: " + e.getMessage() + "; check files and passwords",
                    e);
        }
    }

    private static Optional<String> authorization(Map<String, String> settings) {
        String basic = settings.get(BASIC_AUTH_USER_INFO);
        if (basic != null) {
            return Optional.of("Basic " + Base64.getEncoder().encodeToString(basic.getBytes(StandardCharsets.UTF_8)));
        }
        return Optional.ofNullable(settings.get(BEARER_AUTH_TOKEN)).map(token -> "Bearer " + token);
    }
}
