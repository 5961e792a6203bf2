// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import io.processsignals.agent.Agent;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Loopback;
import io.processsignals.postmortem.source.EventDecoder;
import io.processsignals.postmortem.source.RegistryClient;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.TopicAddress;
import io.processsignals.postmortem.source.TopicReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** A broker, a registry and an agent on 127.0.0.1. {@link #close} ends all three and leaves nothing behind. */
public final class Quickstart implements AutoCloseable {
    private static final Duration TOPIC_LIMIT = Duration.ofSeconds(60);
    private static final Duration TOPIC_RETRY = Duration.ofMillis(100);

    private final EmbeddedKafka kafka;
    private final EmbeddedRegistry registry;
    private final Ports ports;
    private final Path spool;
    private final List<CompletableFuture<Void>> servers = new ArrayList<>();
    private Optional<Agent> agent = Optional.empty();

    /** Ports of 127.0.0.1. */
    public record Ports(int kafka, int registry, int metrics) {
        /** Any that are free. */
        public static Ports free() throws IOException {
            return new Ports(Loopback.freePort(), Loopback.freePort(), Loopback.freePort());
        }
    }

    private Quickstart(EmbeddedKafka kafka, EmbeddedRegistry registry, Ports ports, Path spool) {
        this.kafka = kafka;
        this.registry = registry;
        this.ports = ports;
        this.spool = spool;
    }

    /**
     * Attaches the capture, then begins to start Kafka and the registry, and returns without waiting for these.
     *
     * @param agentProperties added to the agent's configuration
     * @throws IOException if this machine cannot capture, or a port is taken; one line for the user
     */
    public static Quickstart start(Ports ports, Map<String, String> agentProperties) throws IOException {
        Loopback.requireFree(ports.metrics, "the metrics");
        EmbeddedRegistry registry = EmbeddedRegistry.create(ports.registry);
        EmbeddedKafka kafka = EmbeddedKafka.builder().port(ports.kafka).create();
        Quickstart quickstart =
                new Quickstart(kafka, registry, ports, Files.createTempDirectory("process-signals-spool-"));
        try {
            Agent agent = new Agent(AgentConfig.of(quickstart.properties(agentProperties)));
            quickstart.agent = Optional.of(agent);
            agent.start();
            quickstart.startServers();
            return quickstart;
        } catch (IOException | RuntimeException e) {
            quickstart.close();
            throw e;
        }
    }

    /** Waits until Kafka and the registry answer and the agent has created its topic. */
    public void awaitReady() throws IOException, InterruptedException {
        try {
            servers.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
        long deadline = System.nanoTime() + TOPIC_LIMIT.toNanos();
        while (true) {
            try {
                openReader(false).close();
                return;
            } catch (SourceException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(TOPIC_RETRY.toMillis());
            }
        }
    }

    /** A new reader of the agent's topic. */
    public TopicReader openReader(boolean fromBeginning) throws SourceException {
        EventDecoder decoder = new EventDecoder(new RegistryClient(registryUrl(), Map.of()));
        return TopicReader.open(
                new TopicAddress(bootstrapServers(), TopicAddress.DEFAULT_TOPIC, Map.of()), decoder, fromBeginning);
    }

    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    public String registryUrl() {
        return registry.url();
    }

    public String metricsUrl() {
        return "http://" + Loopback.HOST + ":" + ports.metrics + "/metrics";
    }

    /** Ends the capture and publishes what it has; Kafka and the registry stay. */
    public void stopAgent() {
        agent.ifPresent(Agent::close);
        agent = Optional.empty();
    }

    @Override
    public void close() throws IOException {
        stopAgent();
        // What is starting cannot be stopped; whether it succeeded does not matter any more.
        servers.forEach(server -> server.exceptionally(e -> null).join());
        try {
            registry.close();
        } finally {
            kafka.close();
            deleteSpool();
        }
    }

    private void deleteSpool() throws IOException {
        try (Stream<Path> files = Files.walk(spool)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void startServers() {
        servers.add(inBackground(kafka::start));
        servers.add(inBackground(registry::start));
    }

    private Map<String, String> properties(Map<String, String> added) {
        Map<String, String> properties = new HashMap<>();
        properties.put(AgentConfig.KAFKA_BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
        properties.put(AgentConfig.REGISTRY_URL_CONFIG, registryUrl());
        properties.put(AgentConfig.METRICS_PORT_CONFIG, Integer.toString(ports.metrics));
        properties.put(AgentConfig.EBPF_REQUIRED_CONFIG, "true");
        properties.put(AgentConfig.TOPIC_CREATE_CONFIG, "true");
        properties.put(AgentConfig.TOPIC_REPLICATION_FACTOR_CONFIG, "1");
        properties.put(AgentConfig.SPOOL_DIR_CONFIG, spool.toString());
        properties.putAll(added);
        return properties;
    }

    /** Something that takes seconds. */
    @FunctionalInterface
    private interface Starting {
        void run() throws IOException, InterruptedException;
    }

    private static CompletableFuture<Void> inBackground(Starting starting) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        starting.run();
                        done.complete(null);
                    } catch (IOException | InterruptedException | RuntimeException e) {
                        done.completeExceptionally(e);
                    }
                },
                "quickstart-server");
        thread.setDaemon(true);
        thread.start();
        return done;
    }
}
