// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.publish.ProducerSettings;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.EmbeddedRegistry;
import io.processsignals.embedded.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Publishes recorded events through capture loop, spool and publish loop, and beside it by bare producers that are
 * handed the same keys and values ready-made. One broker for all, in this JVM.
 *
 * <p>Arguments: {@code RECORDING EVENTS ROUNDS WARM_UP_SECONDS SECONDS RATE...}. First so many rounds as fast as it
 * goes, turn by turn, then processor time of the agent's threads at each number of events a second, for so many
 * seconds. Prints a line of JSON for each run.
 */
public final class PublishBenchmark implements AutoCloseable {
    private static final int POOL = 20_000;
    private static final int PARTITIONS = 12;

    /** Sent and acknowledged before the clock starts: topic, schema and connections are there then. */
    private static final int BEFORE = 48;

    /**
     * Events on the way at most, more than the publish loop has in flight: a rate that lasts, no backlog, is measured.
     */
    private static final int WINDOW = 65_536;

    private static final String CAPTURE = "capture";
    private static final String UPKEEP = "spool-upkeep";
    private static final String PUBLISH = "publish";
    private static final String PRODUCER = "kafka-producer-network-thread";
    private static final String BROKER = "data-plane-kafka";

    /** How long it took, and the processor time of threads by how their names begin. */
    private record Run(long nanos, Map<String, Long> cpuNanos) {}

    private final RawPool pool;
    private final EventAssembler assembler;
    private final ReadyMessages messages;
    private final EmbeddedKafka kafka;
    private final EmbeddedRegistry registry;
    private int topics;

    private PublishBenchmark(Path recording) throws Exception {
        Recording recorded = Recording.read(recording);
        pool = new RawPool(recorded, POOL);
        assembler = recorded.assembler();
        messages = new ReadyMessages(pool, POOL, assembler);
        Future<EmbeddedRegistry> starting = EmbeddedRegistry.startMeanwhile();
        // What a topic that was deleted takes in the page cache is used again by the next, not only after a minute; and
        // the first one's too, not only half a minute after the broker's start
        kafka = EmbeddedKafka.builder()
                .property("log.segment.delete.delay.ms", "100")
                .property("log.initial.task.delay.ms", "100")
                .start();
        registry = starting.get();
    }

    public static void main(String[] args) throws Exception {
        try (PublishBenchmark benchmark = new PublishBenchmark(Path.of(args[0]))) {
            benchmark.compare(Long.parseLong(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            for (String rate : List.of(args).subList(5, args.length)) {
                benchmark.atRate(Long.parseLong(rate), Integer.parseInt(args[4]));
            }
        }
    }

    private void compare(long events, int rounds, int warmUpSeconds) throws Exception {
        Map<String, Object> same = ProducerSettings.producer(Map.of());
        Map<String, Object> pipelined = new HashMap<>(same);
        pipelined.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        Map<String, Object> bare = Map.of();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(warmUpSeconds)) {
            agent(events);
            bare(events, same);
            bare(events, bare);
        }
        for (int round = 0; round < rounds; round++) {
            print("agent", events, agent(events));
            print("bare, the agent's settings", events, bare(events, same));
            print("bare, the agent's settings, 5 requests in flight", events, bare(events, pipelined));
            print("bare, Kafka's defaults", events, bare(events, bare));
        }
    }

    private void print(String name, long events, Run run) {
        String cpu = run.cpuNanos().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "\"%s\": %d", entry.getKey(), entry.getValue() / events))
                .collect(Collectors.joining(", ", "{", "}"));
        System.out.printf(
                Locale.ROOT,
                "{\"run\": \"%s\", \"seconds\": %.3f, \"bytes\": %d, \"cpu\": %s}%n",
                name,
                run.nanos() / 1e9,
                messages.meanValueBytes(),
                cpu);
    }

    private Run agent(long events) throws Exception {
        String topic = createTopic();
        Path folder = Files.createTempDirectory("process-signals-bench-");
        ReplayedKernel kernel = new ReplayedKernel(pool, BEFORE, 0);
        try (AgentRun run = agent(kernel, folder.resolve("spool"), topic)) {
            run.start();
            run.awaitAcknowledged(BEFORE);
            collectGarbage();
            ThreadTimes cpu = ThreadTimes.since(CAPTURE, UPKEEP, PUBLISH, PRODUCER, BROKER);
            long begin = System.nanoTime();
            for (long seen = 0; seen < BEFORE + events; seen = run.acknowledged()) {
                kernel.allow(Math.min(BEFORE + events, seen + WINDOW));
                TimeUnit.MILLISECONDS.sleep(1);
            }
            return new Run(System.nanoTime() - begin, cpu.nanos());
        } finally {
            delete(folder);
            deleteTopic(topic);
        }
    }

    private void atRate(long perSecond, int seconds) throws Exception {
        String topic = createTopic();
        Path folder = Files.createTempDirectory("process-signals-bench-");
        long events = perSecond * seconds;
        try (AgentRun run = agent(new ReplayedKernel(pool, events, perSecond), folder.resolve("spool"), topic)) {
            long begin = System.nanoTime();
            run.start();
            while (run.acknowledged() < events && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(seconds)) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            double elapsed = (System.nanoTime() - begin) / 1e9;
            long acknowledged = run.acknowledged();
            System.out.printf(
                    Locale.ROOT,
                    "{\"rate\": %d, \"seconds\": %.3f, \"acknowledged\": %d, \"capture\": %.4f, \"publish\": %.4f}%n",
                    perSecond,
                    elapsed,
                    acknowledged,
                    ThreadTimes.cpuNanos(CAPTURE, UPKEEP) / 1e9,
                    ThreadTimes.cpuNanos(PUBLISH, PRODUCER) / 1e9);
        } finally {
            delete(folder);
            deleteTopic(topic);
        }
    }

    private AgentRun agent(ReplayedKernel kernel, Path spool, String topic) throws Exception {
        return new AgentRun(kernel, assembler, spool, kafka.bootstrapServers(), registry.url(), topic);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback is told
    private Run bare(long events, Map<String, Object> given) throws Exception {
        String topic = createTopic();
        Map<String, Object> settings = new HashMap<>(given);
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 60_000L);
        CountDownLatch failed = new CountDownLatch(1);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < BEFORE; i++) {
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, messages.key(i), messages.value(i)))
                        .get();
            }
            collectGarbage();
            ThreadTimes cpu = ThreadTimes.since(Thread.currentThread().getName(), PRODUCER, BROKER);
            long begin = System.nanoTime();
            for (long i = 0; i < events; i++) {
                int index = (int) (i % POOL);
                producer.send(
                        new ProducerRecord<>(
                                topic, null, System.currentTimeMillis(), messages.key(index), messages.value(index)),
                        (metadata, e) -> {
                            if (e != null) {
                                failed.countDown();
                            }
                        });
            }
            producer.flush();
            Run run = new Run(System.nanoTime() - begin, cpu.nanos());
            if (failed.getCount() == 0) {
                throw new IllegalStateException("a bare producer failed");
            }
            return run;
        } finally {
            deleteTopic(topic);
        }
    }

    /**
     * Of the run before. What that one left in the old generation, dead as it is, would keep alive what it points to in
     * the young one, and this run would pay for copying that.
     */
    private static void collectGarbage() {
        System.gc();
    }

    private String createTopic() throws ExecutionException, InterruptedException {
        String topic = "bench-" + topics++;
        Topics.create(kafka.bootstrapServers(), topic, PARTITIONS);
        return topic;
    }

    /** Returns when its files are gone, so that the run after this does not share its time with their removal. */
    private void deleteTopic(String topic) throws ExecutionException, InterruptedException, IOException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteTopics(List.of(topic)).all().get();
        }
        while (hasFiles(topic)) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private boolean hasFiles(String topic) throws IOException {
        try (Stream<Path> brokers = Files.list(kafka.directory())) {
            for (Path broker : brokers.toList()) {
                try (Stream<Path> partitions = Files.list(broker)) {
                    if (partitions.anyMatch(
                            partition -> partition.getFileName().toString().startsWith(topic + "-"))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        registry.close();
        kafka.close();
    }
}
