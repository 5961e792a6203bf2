// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.internals.Exit;

/**
 * A Kafka cluster inside this JVM: KRaft, each node broker and controller at once, listening on 127.0.0.1 only. Topics
 * are not created by being used.
 *
 * <p>A node keeps its ports and its folder over {@link #stop} and {@link #start}, so that clients come back to it as to
 * a broker that was restarted. {@link #close} stops everything and removes the folder if it was a temporary one.
 *
 * <p>The first use replaces Kafka's exit procedures for the whole JVM: a broker that cannot go on fails with an
 * exception and does not end its host.
 */
public final class EmbeddedKafka implements AutoCloseable {
    static {
        Exit.setExitProcedure(EmbeddedKafka::refuseExit);
        Exit.setHaltProcedure(EmbeddedKafka::refuseExit);
    }

    private final Path directory;
    private final boolean temporary;
    private final List<BrokerNode> nodes;

    private EmbeddedKafka(Path directory, boolean temporary, List<BrokerNode> nodes) {
        this.directory = directory;
        this.temporary = temporary;
        this.nodes = nodes;
    }

    /**
     * One broker on a free port with a temporary folder, started. It keeps what it is given until it is closed, however
     * old the records' timestamps are.
     */
    public static EmbeddedKafka startTemporary() throws IOException {
        return builder().property("log.retention.ms", "-1").start();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** {@code host:port} of every broker, running or not, separated by commas. */
    public String bootstrapServers() {
        return nodes.stream().map(BrokerNode::address).collect(Collectors.joining(","));
    }

    /** The same of the listener that {@link Builder#listener} added. */
    public String bootstrapServers(String listener) {
        return nodes.stream().map(node -> node.address(listener)).collect(Collectors.joining(","));
    }

    /** Where the cluster keeps its data: one folder a broker. */
    public Path directory() {
        return directory;
    }

    /** Starts every broker that is not running and waits until all of them serve. */
    public void start() throws IOException {
        try {
            together(BrokerNode::start);
        } catch (CompletionException e) {
            stop();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("the embedded Kafka did not start: " + cause.getMessage(), cause);
        }
    }

    /** Stops every broker; what was acknowledged is kept in the folder. */
    public void stop() {
        together(BrokerNode::stop);
    }

    /** {@link #stop} and {@link #start}, on the same ports and the same folder. */
    public void restart() throws IOException {
        stop();
        start();
    }

    /** Stops one broker, counted from 0, without handing its partitions over first. */
    public void stop(int broker) {
        nodes.get(broker).stop();
    }

    /** Starts one broker, counted from 0; a majority of the others must be running. */
    public void start(int broker) {
        nodes.get(broker).start();
    }

    /** Stops every broker and removes a temporary folder. */
    @Override
    public void close() throws IOException {
        stop();
        if (temporary) {
            TemporaryFolder.delete(directory);
        }
    }

    /** On all nodes at once: to start and to stop, a node waits for a majority of them. */
    private void together(Consumer<BrokerNode> action) {
        CompletableFuture<?>[] running = nodes.stream()
                .map(node -> CompletableFuture.runAsync(
                        () -> action.accept(node), task -> new Thread(task, "embedded-kafka").start()))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(running).join();
    }

    private static void refuseExit(int status, String message) {
        throw new IllegalStateException(
                "the embedded Kafka gave up with status " + status + (message == null ? "" : ": " + message));
    }

    /** What can be chosen; the defaults are one broker, a free port and a temporary folder. */
    public static final class Builder {
        private int port;
        private int brokers = 1;
        private Optional<Path> directory = Optional.empty();
        private final Map<String, String> properties = new LinkedHashMap<>();
        private final Map<String, String> listeners = new LinkedHashMap<>();

        private Builder() {}

        /** Port of the first broker; 0 for a free one. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** How many brokers. */
        public Builder brokers(int brokers) {
            this.brokers = brokers;
            return this;
        }

        /** A folder that is kept; an empty or missing one is formatted, a formatted one is used as it is. */
        public Builder directory(Path directory) {
            this.directory = Optional.of(directory);
            return this;
        }

        /**
         * One more listener for clients on a free port of each broker, beside the plain one; {@code listener.name.*}
         * properties say the rest.
         *
         * @param name upper case
         * @param protocol SSL, SASL_SSL, ...
         */
        public Builder listener(String name, String protocol) {
            listeners.put(name, protocol);
            return this;
        }

        /** A broker property, for example of its listener or its limits; wins over the defaults here. */
        public Builder property(String key, String value) {
            properties.put(key, value);
            return this;
        }

        /**
         * A cluster that is not started yet, whose addresses are known.
         *
         * @throws IOException if the port is taken
         */
        public EmbeddedKafka create() throws IOException {
            if (port != 0) {
                Loopback.requireFree(port, "Kafka");
            }
            boolean temporary = directory.isEmpty();
            Path folder = temporary ? Files.createTempDirectory("process-signals-kafka-") : directory.get();
            return new EmbeddedKafka(folder, temporary, nodes(folder));
        }

        /**
         * Starts the cluster.
         *
         * @throws IOException if the port is taken or a broker does not come up; nothing is left behind
         */
        public EmbeddedKafka start() throws IOException {
            EmbeddedKafka kafka = create();
            try {
                kafka.start();
            } catch (IOException | RuntimeException e) {
                kafka.close();
                throw e;
            }
            return kafka;
        }

        private List<BrokerNode> nodes(Path folder) throws IOException {
            int[] controllerPorts = new int[brokers];
            StringBuilder voters = new StringBuilder();
            for (int i = 0; i < brokers; i++) {
                controllerPorts[i] = Loopback.freePort();
                voters.append(i == 0 ? "" : ",")
                        .append(i)
                        .append('@')
                        .append(Loopback.HOST)
                        .append(':')
                        .append(controllerPorts[i]);
            }
            String clusterId = Uuid.randomUuid().toString();
            List<BrokerNode> nodes = new ArrayList<>();
            for (int i = 0; i < brokers; i++) {
                int brokerPort = i == 0 && port != 0 ? port : Loopback.freePort();
                Path data = folder.resolve("broker-" + i);
                List<BrokerNode.Listener> more = new ArrayList<>();
                for (Map.Entry<String, String> listener : listeners.entrySet()) {
                    more.add(new BrokerNode.Listener(listener.getKey(), listener.getValue(), Loopback.freePort()));
                }
                nodes.add(new BrokerNode(
                        i,
                        brokers,
                        brokerPort,
                        controllerPorts[i],
                        voters.toString(),
                        clusterId,
                        data,
                        more,
                        properties));
            }
            return nodes;
        }
    }
}
