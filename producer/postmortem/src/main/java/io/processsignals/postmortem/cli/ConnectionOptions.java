// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.postmortem.source.EventDecoder;
import io.processsignals.postmortem.source.RegistryClient;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.TopicAddress;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.StringJoiner;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a reader finds topic and schemas. */
public final class ConnectionOptions {
    private static final String REGISTRY_PREFIX = "registry.";

    /** The command that these options belong to. */
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--bootstrap-servers", paramLabel = "HOST:PORT,...", description = "Kafka brokers to begin with.")
    private String bootstrapServers = "";

    @Option(names = "--registry", paramLabel = "URL,...", description = "Schema registry.")
    private String registry = "";

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            defaultValue = TopicAddress.DEFAULT_TOPIC,
            description = "Topic (default: ${DEFAULT-VALUE}).")
    private String topic = TopicAddress.DEFAULT_TOPIC;

    @Option(
            names = "--client-config",
            paramLabel = "FILE",
            description = "Properties of the Kafka consumer, for example TLS and SASL; for the registry"
                    + " registry.basic.auth.user.info, registry.bearer.auth.token, registry.ssl.*.")
    private Optional<Path> clientConfig = Optional.empty();

    /** Whether the user named a topic to read from, at least in part. */
    boolean isGiven() {
        return !bootstrapServers.isEmpty() || !registry.isEmpty();
    }

    /** @throws ParameterException unless brokers and registry are named */
    void require() {
        StringJoiner missing = new StringJoiner(", ");
        if (bootstrapServers.isEmpty()) {
            missing.add("'--bootstrap-servers=HOST:PORT,...'");
        }
        if (registry.isEmpty()) {
            missing.add("'--registry=URL,...'");
        }
        if (missing.length() > 0) {
            throw new ParameterException(spec.commandLine(), "Missing required option: " + missing);
        }
    }

    /** The topic, with the client's properties but without the registry's. */
    TopicAddress address() throws IOException {
        require();
        Map<String, String> client = new HashMap<>(properties());
        client.keySet().removeIf(key -> key.startsWith(REGISTRY_PREFIX));
        return new TopicAddress(bootstrapServers, topic, client);
    }

    /** A decoder that asks the registry, which is known to answer. */
    EventDecoder decoder() throws IOException {
        require();
        Map<String, String> settings = new HashMap<>();
        properties().forEach((key, value) -> {
            if (key.startsWith(REGISTRY_PREFIX)) {
                settings.put(key.substring(REGISTRY_PREFIX.length()), value);
            }
        });
        RegistryClient client = new RegistryClient(registry, settings);
        client.requireAnswer();
        return new EventDecoder(client);
    }

    private Map<String, String> properties() throws IOException {
        Map<String, String> map = new HashMap<>();
        if (clientConfig.isPresent()) {
            Path file = clientConfig.get();
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (NoSuchFileException e) {
                throw new SourceException("--client-config " + file + ": no such file");
            } catch (IOException | IllegalArgumentException e) {
                throw new SourceException("--client-config " + file + " cannot be read: " + e.getMessage(), e);
            }
            properties.stringPropertyNames().forEach(key -> map.put(key, properties.getProperty(key)));
        }
        return map;
    }
}
