// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.config.ConfigurationException;
import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.publish.CountingOversizeSink;
import io.processsignals.agent.publish.MetricsListener;
import io.processsignals.agent.publish.OversizeFile;
import io.processsignals.agent.publish.OversizeSink;
import io.processsignals.agent.publish.PluginEncoder;
import io.processsignals.agent.publish.PublishLoop;
import io.processsignals.agent.publish.PublishOptions;
import io.processsignals.agent.publish.PublishStatus;
import io.processsignals.agent.publish.TopicOptions;
import io.processsignals.agent.publish.TopicProvisioner;
import io.processsignals.agent.publish.ValueEncoder;
import io.processsignals.agent.publish.WireFormatEncoder;
import io.processsignals.agent.registry.RegistryOptions;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LossListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** From the event log to Kafka: makes the publish side of what is configured. */
final class Publishing {
    private static final String SSL_PREFIX = "ssl.";
    private static final String OVERSIZE_FILE = "oversize.avro";

    private final PublishLoop loop;

    /** @throws ConfigurationException if {@code value.serializer} cannot be loaded */
    Publishing(AgentConfig config, EventLog log, LossListener losses, AgentMetrics metrics, AgentHealth health) {
        PublishLoop.Parts parts = new PublishLoop.Parts(
                log.reader(),
                encoder(config),
                new TopicProvisioner(config.kafkaConfigs(), topic(config)),
                oversize(config, losses),
                losses,
                new PublishStatus(new MetricsListener(metrics, health, InstantSource.system())));
        this.loop = new PublishLoop(parts, config.kafkaConfigs(), options(config));
    }

    void start() {
        loop.start();
    }

    void close(Duration atMost) {
        loop.close(atMost);
    }

    static TopicOptions topic(AgentConfig config) {
        return TopicOptions.of(config.topicName(), config.topicCreate())
                .withPartitions(config.topicPartitions())
                .withReplicationFactor(config.topicReplicationFactor())
                .withRetention(Duration.ofMillis(config.topicRetentionMillis()));
    }

    static RegistryOptions registry(AgentConfig config) {
        RegistryOptions options =
                RegistryOptions.of(config.registryUrls()).withAutoRegister(config.registryAutoRegister());
        if (config.registryBasicAuth().isPresent()) {
            options = options.withBasicAuth(config.registryBasicAuth().get());
        }
        if (config.registryBearerToken().isPresent()) {
            options = options.withBearerToken(config.registryBearerToken().get());
        }
        Map<String, Object> ssl = new TreeMap<>(config.registryConfigs());
        ssl.keySet().removeIf(key -> !key.startsWith(SSL_PREFIX));
        return options.withSsl(ssl);
    }

    private static PublishOptions options(AgentConfig config) {
        PublishOptions options = PublishOptions.of(config.topicName());
        if (config.spool().isPresent()) {
            return options;
        }
        // In memory, what is in flight cannot make room for a death.
        int most = Math.max(1, Math.min(options.maxInFlightRecords(), config.bufferSize() / 2));
        return options.withMaxInFlight(most, options.maxInFlightBytes());
    }

    /** Beside the segments, where there is a spool. */
    private static OversizeSink oversize(AgentConfig config, LossListener losses) {
        OversizeSink counting = new CountingOversizeSink(losses);
        return config.spool()
                .<OversizeSink>map(spool -> new OversizeFile(spool.directory().resolve(OVERSIZE_FILE), counting))
                .orElse(counting);
    }

    private static ValueEncoder encoder(AgentConfig config) {
        RegistryOptions registry = registry(config);
        Optional<String> className = config.valueSerializer();
        if (className.isEmpty()) {
            return new WireFormatEncoder(new SchemaRegistryClient(registry), config.topicName());
        }
        Path folder = config.pluginPath()
                .orElseThrow(() -> new ConfigurationException(AgentConfig.PLUGIN_PATH_CONFIG
                        + " is not set: name the folder with the jars of " + AgentConfig.VALUE_SERIALIZER_CONFIG));
        try {
            return PluginEncoder.load(folder, className.get(), registry, config.topicName());
        } catch (IOException e) {
            throw new ConfigurationException(String.valueOf(e.getMessage()));
        }
    }
}
