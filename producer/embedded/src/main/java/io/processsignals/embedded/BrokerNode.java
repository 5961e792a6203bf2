// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** One node of an {@link EmbeddedKafka}. */
final class BrokerNode {
    /** One more listener for clients. */
    record Listener(String name, String protocol, int port) {
        private String address() {
            return name + "://" + Loopback.HOST + ":" + port;
        }
    }

    private static final String CONTROLLER_LISTENER = "CONTROLLER";
    private static final String BROKER_LISTENER = "BROKER";

    private final int id;
    private final int brokers;
    private final int port;
    private final int controllerPort;
    private final String voters;
    private final String newClusterId;
    private final Path data;
    private final List<Listener> moreListeners;
    private final Map<String, String> overrides;
    private Optional<KafkaRaftServer> server = Optional.empty();

    BrokerNode(
            int id,
            int brokers,
            int port,
            int controllerPort,
            String voters,
            String newClusterId,
            Path data,
            List<Listener> moreListeners,
            Map<String, String> overrides) {
        this.id = id;
        this.brokers = brokers;
        this.port = port;
        this.controllerPort = controllerPort;
        this.voters = voters;
        this.newClusterId = newClusterId;
        this.data = data;
        this.moreListeners = List.copyOf(moreListeners);
        this.overrides = Map.copyOf(overrides);
    }

    String address() {
        return Loopback.HOST + ":" + port;
    }

    String address(String listener) {
        return moreListeners.stream()
                .filter(more -> more.name.equals(listener))
                .map(more -> Loopback.HOST + ":" + more.port)
                .findFirst()
                .orElseThrow();
    }

    synchronized void start() {
        if (server.isPresent()) {
            return;
        }
        try {
            format();
        } catch (Exception e) {
            throw new IllegalStateException("cannot prepare " + data + ": " + e.getMessage(), e);
        }
        KafkaRaftServer started = new KafkaRaftServer(new KafkaConfig(properties(), false), Time.SYSTEM);
        server = Optional.of(started);
        try {
            started.startup();
        } catch (RuntimeException e) {
            stop();
            throw e;
        }
    }

    synchronized void stop() {
        server.ifPresent(running -> {
            running.shutdown();
            running.awaitShutdown();
        });
        server = Optional.empty();
    }

    /** Kafka's storage tool declares {@code throws Exception}. */
    private void format() throws Exception {
        Files.createDirectories(data);
        try (PrintStream quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(quiet)
                    .setClusterId(clusterId())
                    .setNodeId(id)
                    .setDirectories(List.of(data.toString()))
                    .setMetadataLogDirectory(data.toString())
                    .setControllerListenerName(CONTROLLER_LISTENER)
                    .setIgnoreFormatted(true)
                    .run();
        }
    }

    /** A formatted folder knows its cluster; another id would be refused at start. */
    private String clusterId() throws IOException {
        Path meta = data.resolve("meta.properties");
        if (!Files.exists(meta)) {
            return newClusterId;
        }
        Properties stored = new Properties();
        try (var in = Files.newInputStream(meta)) {
            stored.load(in);
        }
        return stored.getProperty("cluster.id", newClusterId);
    }

    private Properties properties() {
        Properties p = new Properties();
        p.put("process.roles", "broker,controller");
        p.put("node.id", Integer.toString(id));
        p.put("log.dirs", data.toString());
        StringBuilder clients = new StringBuilder(BROKER_LISTENER + "://" + address());
        StringBuilder protocols =
                new StringBuilder(BROKER_LISTENER + ":PLAINTEXT," + CONTROLLER_LISTENER + ":PLAINTEXT");
        for (Listener more : moreListeners) {
            clients.append(',').append(more.address());
            protocols.append(',').append(more.name).append(':').append(more.protocol);
        }
        p.put("listeners", clients + "," + CONTROLLER_LISTENER + "://" + Loopback.HOST + ":" + controllerPort);
        p.put("advertised.listeners", clients.toString());
        p.put("listener.security.protocol.map", protocols.toString());
        p.put("inter.broker.listener.name", BROKER_LISTENER);
        p.put("controller.listener.names", CONTROLLER_LISTENER);
        p.put("controller.quorum.voters", voters);
        String replicas = Integer.toString(Math.min(3, brokers));
        p.put("offsets.topic.replication.factor", replicas);
        p.put("offsets.topic.num.partitions", "1");
        p.put("transaction.state.log.replication.factor", replicas);
        p.put("transaction.state.log.min.isr", "1");
        p.put("transaction.state.log.num.partitions", "1");
        p.put("share.coordinator.state.topic.replication.factor", replicas);
        p.put("share.coordinator.state.topic.min.isr", "1");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        // A last broker would wait five minutes for others that are gone.
        p.put("controlled.shutdown.enable", "false");
        p.put("group.initial.rebalance.delay.ms", "0");
        p.put("auto.create.topics.enable", "false");
        // 128 MB by default, allocated at start, for compacted topics that nobody has here.
        p.put("log.cleaner.dedupe.buffer.size", "2097152");
        p.put("num.network.threads", "2");
        p.put("num.io.threads", "4");
        p.putAll(overrides);
        return p;
    }
}
