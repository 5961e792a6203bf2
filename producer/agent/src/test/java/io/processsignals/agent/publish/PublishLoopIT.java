// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.processsignals.agent.capture.ClockSteps;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.faults.FaultTable;
import io.processsignals.agent.faults.LogLines;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.metrics.Meters;
import io.processsignals.agent.publish.PublishRig.Loss;
import io.processsignals.agent.publish.PublishStatus.State;
import io.processsignals.agent.registry.RegistryServer;
import io.processsignals.agent.registry.RegistryServer.Response;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.embedded.EmbeddedKafka;
import io.processsignals.embedded.Topics;
import io.processsignals.events.EventType;
import io.processsignals.events.LossStage;
import io.processsignals.events.ProcessSignalEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** The loop against a real broker; the registry is real HTTP that always knows the schema. */
@Timeout(120)
class PublishLoopIT {
    private static final int SCHEMA_ID = 0x01020304;
    private static final int PARTITIONS = 3;

    private static EmbeddedKafka kafka;
    private static RegistryServer registry;
    private String topic;

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.builder()
                .property("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
                .property("allow.everyone.if.no.acl.found", "true")
                .property("principal.builder.class", PrincipalByListener.class.getName())
                .property("super.users", "User:" + PrincipalByListener.CONTROLLER)
                .start();
        registry = RegistryServer.start(request -> Response.of(200, "{\"id\":" + SCHEMA_ID + "}"));
    }

    @AfterAll
    static void stop() throws Exception {
        registry.close();
        kafka.close();
    }

    @BeforeEach
    void nameTopic(TestInfo test) {
        topic = "t." + test.getTestMethod().orElseThrow().getName();
    }

    @Test
    void recordsArriveWithKeyPartitionTimestampAndBytes() {
        try (PublishRig rig = rig().start()) {
            rig.append(2_000, 7);
            rig.awaitEmptyLog();

            TopicContent content = rig.content();
            assertThat(content.records()).hasSize(2_000);
            for (ConsumerRecord<byte[], byte[]> record : content.records()) {
                ProcessSignalEvent event = TopicContent.event(record);
                assertThat(new String(record.key(), UTF_8)).isEqualTo("node/" + event.getTgid());
                assertThat(record.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(record.key())) % PARTITIONS);
                assertThat(record.timestamp()).isEqualTo(event.getTimestamp().toEpochMilli());
                assertThat(TopicContent.schemaId(record)).isEqualTo(SCHEMA_ID);
                assertThat(List.of(record.headers().toArray())).isEmpty();
            }
            assertThat(content.sequencesByKey())
                    .hasSize(7)
                    .allSatisfy((key, sequences) -> assertThat(sequences).isSorted());
            assertThat(content.sequences()).hasSize(2_000);
            assertThat(rig.status.condition().state()).isEqualTo(State.PUBLISHING);
            assertThat(rig.status.acknowledged()).isEqualTo(2_000);
            assertThat(rig.status.failures()).isZero();
        }
    }

    @Test
    void aBrokerThatIsDownAtStartOnlyDelays() throws Exception {
        try (EmbeddedKafka late = EmbeddedKafka.builder().create()) {
            try (PublishRig rig = PublishRig.with(late.bootstrapServers(), registry.url(), topic)
                    .start()) {
                rig.append(500, 5);
                rig.awaitState(State.RETRYING);
                assertThat(rig.status.condition().reason())
                        .contains(late.bootstrapServers(), "kafka.bootstrap.servers")
                        .doesNotContain("\n");
                assertThat(rig.log.size()).isEqualTo(500);

                late.start();
                rig.awaitEmptyLog();

                assertThat(rig.content().records()).hasSize(500);
                assertInOrder(rig.content(), 500);
                assertThat(rig.status.condition().state()).isEqualTo(State.PUBLISHING);
            }
        }
    }

    @Test
    void aBrokerThatRestartsCostsNeitherRecordsNorOrder() throws Exception {
        int events = 6_000;
        try (EmbeddedKafka restarted = EmbeddedKafka.startTemporary();
                PublishRig rig = PublishRig.with(restarted.bootstrapServers(), registry.url(), topic)
                        .start()) {
            AtomicBoolean back = new AtomicBoolean();
            CompletableFuture<Void> appending = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < events; i += 10) {
                    rig.append(10, 20);
                    sleep(back.get() ? 1 : 4);
                }
            });
            await().until(() -> rig.status.acknowledged() > 200);

            restarted.restart();
            back.set(true);
            appending.get(60, TimeUnit.SECONDS);
            rig.awaitEmptyLog();

            assertThat(rig.losses).isEmpty();
            assertInOrder(rig.content(), events);
        }
    }

    /** What is in flight is sent as soon as the broker is back, and its acknowledgement ends the pause. */
    @Test
    void aBrokerThatIsBackEndsThePause() throws Exception {
        try (EmbeddedKafka restarted = EmbeddedKafka.startTemporary();
                PublishRig rig = PublishRig.with(restarted.bootstrapServers(), registry.url(), topic)
                        .retry(Duration.ofMinutes(10), Duration.ofMinutes(10))
                        .start()) {
            rig.append(10, 2);
            rig.awaitEmptyLog();
            // While it stops, so that something is in flight: without, nothing could be acknowledged.
            AtomicBoolean stopped = new AtomicBoolean();
            Thread appending = new Thread(() -> {
                while (!stopped.get()) {
                    rig.append(1, 1);
                    LockSupport.parkNanos(2_000_000);
                }
            });
            appending.start();
            restarted.stop();
            rig.awaitState(State.RETRYING);
            stopped.set(true);
            appending.join();

            restarted.start();
            rig.awaitEmptyLog();

            assertThat(rig.status.condition().state()).isEqualTo(State.PUBLISHING);
        }
    }

    @Test
    void aMissingTopicIsNamedAndWaitedFor() throws Exception {
        try (PublishRig rig = rig().createTopic(false).start()) {
            rig.append(10, 2);
            rig.awaitState(State.WAITING_FOR_TOPIC);
            assertThat(rig.status.condition().reason()).contains("'" + topic + "'", "topic.create=true");

            Topics.create(kafka.bootstrapServers(), topic, PARTITIONS);
            rig.awaitEmptyLog();

            assertInOrder(rig.content(), 10);
        }
    }

    @Test
    void aTopicDeletedUnderTheLoopIsMadeAnew() throws Exception {
        try (PublishRig rig = rig().stallAfter(Duration.ofSeconds(2)).start()) {
            rig.append(10, 2);
            rig.awaitEmptyLog();

            try (Admin admin = admin()) {
                admin.deleteTopics(Set.of(topic)).all().get();
            }
            rig.append(10, 2);
            rig.awaitEmptyLog();

            assertThat(rig.content().sequences())
                    .containsExactlyElementsOf(LongStream.range(10, 20).boxed().toList());
        }
    }

    @Test
    void aRecordThatTheProducerDoesNotTakeIsPutAsideAndTheOthersGoOn() {
        try (PublishRig rig = rig().start()) {
            rig.append(5, 1);
            rig.append(TestEvents.large(1, 1_000, 1, 2 << 20));
            rig.append(5, 1);
            rig.awaitEmptyLog();

            assertThat(rig.losses).containsExactly(new Loss(LossStage.OVERSIZE, 1_000, false));
            assertThat(rig.status.oversize()).isOne();
            assertInOrder(rig.content(), 10);
        }
    }

    @Test
    void aRecordThatTheBrokerDoesNotTakeIsPutAsideAndTheOthersGoOn() throws Exception {
        Topics.create(
                kafka.bootstrapServers(),
                new NewTopic(topic, PARTITIONS, (short) 1).configs(Map.of("max.message.bytes", "4000")));
        try (PublishRig rig = rig().start()) {
            rig.append(50, 2);
            ProcessSignalEvent death = TestEvents.large(1, 1_000, 1, 10_000);
            death.setEventType(EventType.OOM_KILL);
            rig.append(death);
            rig.append(50, 2);
            rig.append(TestEvents.large(2, 1_001, 1, 10_000));
            rig.append(50, 2);
            rig.awaitEmptyLog();

            assertThat(rig.losses)
                    .containsExactlyInAnyOrder(
                            new Loss(LossStage.OVERSIZE, 1_000, true), new Loss(LossStage.OVERSIZE, 1_001, false));
            assertInOrder(rig.content(), 150);
        }
    }

    @Test
    void aTimestampFarAheadIsBroughtBackAndTheValueIsNot() {
        long fiveHoursAhead = Instant.now().plus(Duration.ofHours(5)).toEpochMilli() * 1_000;
        try (PublishRig rig = rig().start()) {
            rig.append(TestEvents.event(1, 0, fiveHoursAhead));
            rig.append(TestEvents.event(1, 1, -5_000));
            rig.awaitEmptyLog();

            List<ConsumerRecord<byte[], byte[]>> records = rig.content().records();
            assertThat(Instant.ofEpochMilli(records.get(0).timestamp()))
                    .isBefore(Instant.now().plus(Duration.ofMinutes(31)))
                    .isAfter(Instant.now().plus(Duration.ofMinutes(20)));
            assertThat(TopicContent.event(records.get(0)).getTimestamp().toEpochMilli())
                    .isEqualTo(fiveHoursAhead / 1_000);
            assertThat(records.get(1).timestamp()).isZero();
            assertThat(rig.status.timestampsClamped()).isOne();
        }
    }

    /** A clock that is wrong by hours, as with a time zone mistaken for another. */
    @Test
    void aClockFarAheadOfTheBrokersIsSaidAndDelaysNothing() {
        Duration ahead = Duration.ofHours(3);
        InstantSource wrong = InstantSource.offset(InstantSource.system(), ahead);
        try (PublishRig rig = rig().clock(wrong).start()) {
            for (int i = 0; i < 300; i++) {
                rig.append(TestEvents.event(1 + i % 5, i, wrong.millis() * 1_000));
            }
            rig.awaitEmptyLog();

            assertInOrder(rig.content(), 300);
            assertThat(rig.losses).isEmpty();
            assertThat(rig.status.lastError())
                    .hasValueSatisfying(error -> assertThat(error).contains("clock"));
        }
    }

    @Test
    void aClockSteppedByAnHourEitherWayLosesNothing() {
        AtomicReference<Duration> step = new AtomicReference<>(Duration.ZERO);
        InstantSource stepping = () -> Instant.now().plus(step.get());
        AgentMetrics metrics = new AgentMetrics(SignalMask.FATAL);
        try (LogLines log = LogLines.open();
                Meters meters = new Meters(AgentConfig.of(Map.of()), "node-1", metrics);
                PublishRig rig = rig().clock(stepping).start()) {
            EpochClock clock = new EpochClock(sample -> sample(stepping, sample), 0, new ClockSteps(metrics));
            int sequence = 0;
            for (Duration next : List.of(Duration.ZERO, Duration.ofHours(1), Duration.ofHours(-1), Duration.ZERO)) {
                step.set(next);
                for (int i = 0; i < 500; i++, sequence++) {
                    clock.sample();
                    rig.append(TestEvents.event(1 + i % 5, sequence, clock.epochMicros(System.nanoTime())));
                }
                rig.awaitEmptyLog();
            }
            TopicContent content = rig.content();
            FaultTable.add(
                    "wall clock stepped by +1 h and -1 h",
                    sequence,
                    content.sequences().size(),
                    content.records().size() - content.sequences().size(),
                    rig.losses.size(),
                    sequence - content.sequences().size(),
                    "clock_steps_total");

            assertInOrder(content, sequence);
            assertThat(log.lines().stream().filter(line -> line.startsWith("The wall clock was set ")))
                    .satisfiesExactly(
                            line -> assertThat(line).containsPattern("forward by (3599\\.9|3600\\.0)"),
                            line -> assertThat(line).containsPattern("back by (7199\\.9|7200\\.0)"),
                            line -> assertThat(line).containsPattern("forward by (3599\\.9|3600\\.0)"));
            assertThat(meters.scrape()).contains("runtime_clock_steps_total 3.0\n");
        }
    }

    private static void sample(InstantSource clock, long[] bootAndReal) {
        Instant now;
        do {
            bootAndReal[ClockPair.BOOT] = System.nanoTime();
            now = clock.instant();
        } while (System.nanoTime() - bootAndReal[ClockPair.BOOT] > 10_000_000); // as one moment
        bootAndReal[ClockPair.REAL] = now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    @Test
    void closingPublishesWhatIsInTheLog() {
        PublishRig rig = rig().start();
        rig.append(9_000, 11);

        rig.loop.close(Duration.ofSeconds(60));

        assertThat(rig.log.size()).isZero();
        assertThat(rig.status.condition().state()).isEqualTo(State.CLOSED);
        assertInOrder(rig.content(), 9_000);
    }

    @Test
    void closingWithoutABrokerLeavesTheRecordsInTheLog() throws Exception {
        try (EmbeddedKafka absent = EmbeddedKafka.builder().create()) {
            PublishRig rig = PublishRig.with(absent.bootstrapServers(), registry.url(), topic)
                    .start();
            rig.append(100, 3);
            rig.awaitState(State.RETRYING);

            rig.loop.close(Duration.ofMillis(300));

            assertThat(rig.status.condition().state()).isEqualTo(State.CLOSED);
            assertThat(rig.log.size()).isEqualTo(100);
            assertThat(rig.losses).isEmpty();
        }
    }

    @Test
    void aRefusedRightIsSaidAndWaitedFor() throws Exception {
        Topics.create(kafka.bootstrapServers(), topic, PARTITIONS);
        try (Admin admin = admin();
                PublishRig rig = rig().start()) {
            deny(admin);
            rig.append(50, 3);
            rig.awaitState(State.UNAUTHORISED);
            assertThat(rig.status.condition().reason()).contains(topic, "ACLs").doesNotContain("\n");

            allow(admin);
            rig.awaitEmptyLog();

            assertInOrder(rig.content(), 50);
            assertThat(rig.status.condition().state()).isEqualTo(State.PUBLISHING);
        }
    }

    @Test
    void aRightThatComesAndGoesUnderLoadCostsNeitherRecordsNorOrder() throws Exception {
        int events = 8_000;
        Topics.create(kafka.bootstrapServers(), topic, PARTITIONS);
        try (Admin admin = admin();
                PublishRig rig = rig().start()) {
            CompletableFuture<Void> appending = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < events; i += 20) {
                    rig.append(20, 10);
                    sleep(5);
                }
            });
            for (int i = 0; i < 4; i++) {
                long before = rig.status.acknowledged();
                await().until(() -> rig.status.acknowledged() > before);
                deny(admin);
                rig.awaitState(State.UNAUTHORISED);
                allow(admin);
            }
            appending.get(60, TimeUnit.SECONDS);
            rig.awaitEmptyLog();

            assertThat(rig.losses).isEmpty();
            assertThat(rig.status.producersReplaced()).isPositive();
            assertInOrder(rig.content(), events);
        }
    }

    /** A producer that fails now and then as if the broker had forgotten it; the broker and all else is real. */
    @Test
    void aProducerThatLostItsSequenceIsReplacedWithoutBreakingTheOrder() {
        int events = 5_000;
        AtomicInteger sends = new AtomicInteger();
        Set<Integer> failing = Set.of(1, 700, 702, 2_500);
        UnaryOperator<Producer<byte[], byte[]>> forgetful = real -> intercepting(real, callback -> {
            boolean fails = failing.contains(sends.incrementAndGet());
            if (fails) {
                forget(callback);
            }
            return fails;
        });
        try (PublishRig rig = rig().producers(forgetful).start()) {
            rig.append(events, 10);
            rig.awaitEmptyLog();

            assertThat(rig.status.producersReplaced()).isEqualTo(4);
            assertThat(rig.status.lastError())
                    .hasValueSatisfying(error -> assertThat(error).contains("sequence"));
            assertInOrder(rig.content(), events);
        }
    }

    /** A producer that swallows one record, so that nothing is ever heard of it. */
    @Test
    void aProducerThatKeepsSilentIsReplaced() {
        AtomicBoolean swallowed = new AtomicBoolean();
        UnaryOperator<Producer<byte[], byte[]>> swallowing =
                real -> intercepting(real, callback -> !swallowed.getAndSet(true));
        try (PublishRig rig =
                rig().stallAfter(Duration.ofMillis(500)).producers(swallowing).start()) {
            rig.append(200, 5);
            rig.awaitEmptyLog();

            assertThat(swallowed).isTrue();
            assertThat(rig.status.producersReplaced()).isPositive();
            assertThat(rig.status.lastError())
                    .hasValueSatisfying(
                            error -> assertThat(error).contains("acknowledged nothing since", "new producer"));
            assertInOrder(rig.content(), 200);
        }
    }

    private PublishRig.Builder rig() {
        return PublishRig.with(kafka.bootstrapServers(), registry.url(), topic);
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    private AclBinding writeDenied() {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:ANONYMOUS", "*", AclOperation.WRITE, AclPermissionType.DENY));
    }

    private AclBinding everythingAllowed() {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:*", "*", AclOperation.ALL, AclPermissionType.ALLOW));
    }

    private void deny(Admin admin) throws ExecutionException, InterruptedException {
        admin.createAcls(List.of(everythingAllowed(), writeDenied())).all().get();
    }

    private void allow(Admin admin) throws ExecutionException, InterruptedException {
        admin.deleteAcls(List.of(writeDenied().toFilter())).all().get();
    }

    /** All sequences from 0 on are there, and those of each key in order. */
    private static void assertInOrder(TopicContent content, int events) {
        assertThat(content.sequences())
                .containsExactlyElementsOf(LongStream.range(0, events).boxed().toList());
        assertThat(content.sequencesByKey())
                .allSatisfy((key, sequences) -> assertThat(sequences).isSorted());
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The real producer, but for sends that the test deals with itself. */
    @SuppressWarnings("unchecked")
    private static Producer<byte[], byte[]> intercepting(
            Producer<byte[], byte[]> real, Predicate<Callback> interceptor) {
        return (Producer<byte[], byte[]>) Proxy.newProxyInstance(
                Producer.class.getClassLoader(), new Class<?>[] {Producer.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("send") && interceptor.test((Callback) arguments[1])) {
                        return new CompletableFuture<RecordMetadata>();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Reports, as the producer does, from a thread of its own. */
    private static void forget(Callback callback) {
        CompletableFuture.runAsync(() ->
                        callback.onCompletion(null, new OutOfOrderSequenceException("out of order sequence number")))
                .join();
    }
}
