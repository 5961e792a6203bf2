// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.agent.registry.RegistryOutcome.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a registry with Confluent's API for the id of a schema, and to take it if need be.
 *
 * <p>A connection is made for every question and none is kept: an agent asks once in its life, and certificates that
 * were renewed while the registry was away are read again. Failures are outcomes, not exceptions. Repeating the
 * question after a while is the caller's part.
 */
public final class SchemaRegistryClient {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistryClient.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

    /** Error code of the API: the subject exists, but has no such schema; 40401: no such subject. */
    private static final int SCHEMA_NOT_FOUND = 40403;

    private static final int SUBJECT_NOT_FOUND = 40401;

    /** A registry's own words are cut off here. */
    private static final int MAX_DETAIL = 300;

    private final RegistryOptions options;
    private int preferred;

    public SchemaRegistryClient(RegistryOptions options) {
        this.options = options;
    }

    /** The subject of a topic's values under TopicNameStrategy. */
    public static String valueSubject(String topic) {
        return topic + "-value";
    }

    /**
     * Finds the id of the schema under the subject: looks it up and, if it is not there and may be registered,
     * registers it. Looking first lets an agent without the right to write work where somebody else registered.
     *
     * <p>Tries each URL once, beginning with the one that answered last. Takes at most the request timeout per URL and
     * request.
     */
    public synchronized RegistryOutcome resolve(String subject, Schema schema) throws InterruptedException {
        Optional<SSLSocketFactory> tls;
        try {
            tls = tls();
        } catch (KafkaException e) {
            return RegistryOutcome.failed(
                    Kind.INVALID, "registry.ssl.*: " + oneLine(rootMessage(e)) + "; check the files and passwords");
        }
        String body =
                MAPPER.createObjectNode().put("schema", SchemaText.of(schema)).toString();
        List<String> failures = new ArrayList<>();
        int first = preferred;
        for (int i = 0; i < options.urls().size(); i++) {
            int index = (first + i) % options.urls().size();
            URI url = options.urls().get(index);
            try {
                RegistryOutcome outcome = resolveAt(tls, url, subject, body);
                preferred = index;
                return outcome;
            } catch (IOException e) {
                LOG.debug("schema registry {} did not answer", url, e);
                failures.add(url + " (" + oneLine(reason(e)) + ")");
            }
        }
        return RegistryOutcome.failed(
                Kind.UNREACHABLE,
                "no schema registry answers: " + String.join(", ", failures) + "; check registry.url and the network");
    }

    private RegistryOutcome resolveAt(Optional<SSLSocketFactory> tls, URI url, String subject, String body)
            throws IOException, InterruptedException {
        String path = "/subjects/" + URLEncoder.encode(subject, UTF_8).replace("+", "%20");
        Answer lookup = post(tls, url, path + "?deleted=false", body);
        if (!lookup.isNotFound()) {
            return lookup.toOutcome(url, subject);
        }
        if (!options.autoRegister()) {
            return RegistryOutcome.failed(
                    Kind.MISSING,
                    "schema registry " + url + " does not have this version's schema under subject " + subject
                            + ": register it, or set registry.auto.register=true");
        }
        return post(tls, url, path + "/versions", body).toOutcome(url, subject);
    }

    private Answer post(Optional<SSLSocketFactory> tls, URI url, String path, String body)
            throws IOException, InterruptedException {
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", CONTENT_TYPE);
        headers.put("Accept", CONTENT_TYPE + ", application/json");
        authorization().ifPresent(value -> headers.put("Authorization", value));
        return Answer.of(new PostRequest(
                        URI.create(url + path).toURL(),
                        headers,
                        body.getBytes(UTF_8),
                        tls,
                        options.connectTimeout(),
                        options.requestTimeout())
                .send());
    }

    private Optional<String> authorization() {
        return options.basicAuth()
                .map(Password::value)
                .map(user -> "Basic " + Base64.getEncoder().encodeToString(user.getBytes(UTF_8)))
                .or(() -> options.bearerToken().map(token -> "Bearer " + token.value()));
    }

    /** Empty: the JVM's defaults, which are read only if an URL needs them. */
    private Optional<SSLSocketFactory> tls() {
        return options.ssl().isEmpty()
                ? Optional.empty()
                : Optional.of(sslContext(options.ssl()).getSocketFactory());
    }

    /** Kafka's own reading of {@code ssl.*}, so that the registry's keys mean what the broker's mean. */
    private static SSLContext sslContext(Map<String, Object> configs) {
        ConfigDef def = new ConfigDef();
        SslConfigs.addClientSslSupport(def);
        try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
            factory.configure(def.parse(configs));
            return factory.sslContext();
        } catch (ConfigException e) {
            throw new KafkaException(e.getMessage(), e);
        }
    }

    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && !(root instanceof SSLException)) {
            root = root.getCause();
        }
        if (root instanceof UnknownHostException) {
            return "unknown host";
        }
        if (failure instanceof ConnectException) {
            return "connection refused";
        }
        String message = failure.getMessage() == null ? root.getMessage() : failure.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= MAX_DETAIL ? line : line.substring(0, MAX_DETAIL) + "...";
    }

    /** A registry's answer: HTTP status, and the API's id or error where there is one. */
    private record Answer(int status, int id, int errorCode, String detail) {
        static Answer of(PostRequest.Answer response) throws IOException {
            int status = response.status();
            if (status >= 500 || status == 429 || status == 408) {
                throw new IOException("HTTP " + status);
            }
            JsonNode body;
            try {
                body = MAPPER.readTree(response.body());
            } catch (IOException e) {
                body = MAPPER.missingNode();
            }
            return new Answer(
                    status,
                    body.path("id").asInt(-1),
                    body.path("error_code").asInt(0),
                    oneLine(body.path("message").asText("")));
        }

        boolean isNotFound() {
            return status == 404 && (errorCode == SCHEMA_NOT_FOUND || errorCode == SUBJECT_NOT_FOUND);
        }

        RegistryOutcome toOutcome(URI url, String subject) {
            String registry = "schema registry " + url;
            String said = "HTTP " + status + (detail.isEmpty() ? "" : ": " + detail);
            if (status == 200 && id >= 0) {
                return RegistryOutcome.registered(id, subject);
            }
            return switch (status) {
                case 401, 403 ->
                    RegistryOutcome.failed(
                            Kind.UNAUTHORISED,
                            registry + " does not let this agent in (" + said
                                    + "): check registry.basic.auth.user.info or registry.bearer.auth.token, and the rights"
                                    + " on subject " + subject);
                case 409 ->
                    RegistryOutcome.failed(
                            Kind.REFUSED,
                            registry + " refuses the schema of subject " + subject + " as incompatible (" + said
                                    + "): use a topic of its own for this version, or remove the version that it conflicts"
                                    + " with");
                case 422 ->
                    RegistryOutcome.failed(
                            Kind.INVALID,
                            registry + " does not take the schema of subject " + subject + " (" + said
                                    + "): use a registry that knows Avro 1.9 or later");
                default ->
                    RegistryOutcome.failed(
                            Kind.INVALID,
                            registry + " does not answer as a schema registry does (" + said
                                    + "): registry.url must be the base URL of Confluent's API");
            };
        }
    }
}
