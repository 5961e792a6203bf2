// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.common.log.LossListener;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MemoryEventLogTest {
    private final List<Long> lost = new ArrayList<>();
    private final LossListener losses =
            (stage, type, priority, hook, cpu, captureId, sequence, bootTime) -> lost.add(sequence);
    private final List<LogRecord> records = new ArrayList<>();

    @Test
    void recordsComeInOrderWithWhatWasAppended() throws Exception {
        MemoryEventLog log = new MemoryEventLog(10, losses);
        EncodedEvent event = event(7, false);

        assertThat(log.append(event)).isTrue();
        assertThat(log.append(event(8, true))).isTrue();
        log.commit();
        event.value[0] = 99; // the log has its own copy

        assertThat(log.reader().read(records, 10, Duration.ZERO)).isEqualTo(2);
        assertThat(records).extracting(MemoryEventLogTest::sequence).containsExactly(7L, 8L);
        assertThat(records.get(0).key()).isEqualTo("node/7".getBytes(UTF_8));
        assertThat(records.get(0).timestampMicros()).isEqualTo(1007);
        assertThat(records.get(0).type()).isEqualTo(EventType.PROCESS_EXEC);
        assertThat(records.get(1).position()).isGreaterThan(records.get(0).position());
    }

    @Test
    void nothingIsVisibleBeforeTheCommit() throws Exception {
        MemoryEventLog log = new MemoryEventLog(10, losses);

        log.append(event(1, false));

        assertThat(log.reader().read(records, 10, Duration.ZERO)).isZero();
        assertThat(log.bytes()).isZero();
        log.commit();
        assertThat(log.reader().read(records, 10, Duration.ZERO)).isOne();
    }

    @Test
    void readReturnsAtMostWhatWasAskedFor() throws Exception {
        MemoryEventLog log = filled(10, 5);

        assertThat(log.reader().read(records, 3, Duration.ZERO)).isEqualTo(3);
        assertThat(log.reader().read(records, 3, Duration.ZERO)).isEqualTo(2);
        assertThat(records).extracting(MemoryEventLogTest::sequence).containsExactly(3L, 4L);
    }

    @Test
    void aRecordCanBeReadOnceMoreUntilItIsAcknowledged() throws Exception {
        MemoryEventLog log = filled(10, 3);
        log.reader().read(records, 2, Duration.ZERO);
        long second = records.get(1).position();

        assertThat(log.reader().reread(second))
                .map(MemoryEventLogTest::sequence)
                .contains(1L);
        assertThat(log.reader().reread(second + 1)).isEmpty(); // not read yet
        log.reader().acknowledge(second);
        assertThat(log.reader().reread(second)).isEmpty();
    }

    @Test
    void aFullLogDropsAndTells() throws Exception {
        MemoryEventLog log = filled(3, 3);

        assertThat(log.append(event(3, false))).isFalse();

        assertThat(lost).containsExactly(3L);
        assertThat(readAll(log)).containsExactly(0L, 1L, 2L);
    }

    @Test
    void theLossListenerLearnsTheIdentityOfWhatWasDropped() {
        List<Object> told = new ArrayList<>();
        MemoryEventLog log = new MemoryEventLog(
                1,
                (stage, type, priority, hook, cpu, captureId, sequence, bootTime) ->
                        told.addAll(List.of(stage, type, priority, hook, cpu, captureId, sequence, bootTime)));
        log.append(event(1, true));

        log.append(event(2, true));

        assertThat(told)
                .containsExactly(LossStage.QUEUE, EventType.PROCESS_EXIT, true, Hook.PROCESS_EXIT, 3, 55L, 2L, 2002L);
    }

    @Test
    void aPriorityEventTakesThePlaceOfTheOldestBulkEvent() throws Exception {
        MemoryEventLog log = new MemoryEventLog(4, losses);
        log.append(event(0, true));
        log.append(event(1, false));
        log.append(event(2, false));
        log.commit();
        log.append(event(3, false)); // staged only

        assertThat(log.append(event(4, true))).isTrue();
        assertThat(log.append(event(5, true))).isTrue();
        assertThat(log.append(event(6, true))).isTrue();
        assertThat(log.append(event(7, true))).isFalse();
        log.commit();

        assertThat(lost).containsExactly(1L, 2L, 3L, 7L);
        assertThat(readAll(log)).containsExactly(0L, 4L, 5L, 6L);
        assertThat(log.size()).isEqualTo(4);
    }

    @Test
    void whatWasReadIsNotDisplaced() throws Exception {
        MemoryEventLog log = filled(2, 2);
        readAll(log);
        log.reader().rewind();

        assertThat(log.append(event(2, true))).isFalse();

        assertThat(lost).containsExactly(2L);
        assertThat(readAll(log)).containsExactly(0L, 1L);
    }

    @Test
    void acknowledgementsInAnyOrderFreeWhatLiesBeforeTheFirstUnacknowledged() throws Exception {
        MemoryEventLog log = filled(4, 4);
        log.reader().read(records, 10, Duration.ZERO);
        long first = records.get(0).position();

        log.reader().acknowledge(first + 2);
        log.reader().acknowledge(first + 1);
        assertThat(log.size()).isEqualTo(4);
        assertThat(log.oldestTimestampMicros()).isEqualTo(1000);

        log.reader().acknowledge(first);
        assertThat(log.size()).isEqualTo(1);
        assertThat(log.oldestTimestampMicros()).isEqualTo(1003);

        log.reader().acknowledge(first); // twice does no harm
        log.reader().acknowledge(first + 3);
        assertThat(log.size()).isZero();
        assertThat(log.bytes()).isZero();
        assertThat(log.oldestTimestampMicros()).isZero();
    }

    @Test
    void aPositionThatWasNeverReadCannotBeAcknowledged() {
        MemoryEventLog log = filled(4, 1);

        assertThatThrownBy(() -> log.reader().acknowledge(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rewindGoesBackToTheFirstUnacknowledgedAndSkipsTheAcknowledged() throws Exception {
        MemoryEventLog log = filled(10, 5);
        log.reader().read(records, 4, Duration.ZERO);
        List<LogRecord> before = List.copyOf(records);
        log.reader().acknowledge(before.get(0).position());
        log.reader().acknowledge(before.get(2).position());

        log.reader().rewind();
        log.reader().read(records, 10, Duration.ZERO);

        assertThat(records).extracting(MemoryEventLogTest::sequence).containsExactly(1L, 3L, 4L);
        assertThat(records.get(0).position()).isEqualTo(before.get(1).position());
    }

    @Test
    void anAcknowledgementAfterTheRewindIsStillTaken() throws Exception {
        MemoryEventLog log = filled(10, 3);
        log.reader().read(records, 10, Duration.ZERO);
        List<LogRecord> before = List.copyOf(records);
        log.reader().rewind();

        before.forEach(record -> log.reader().acknowledge(record.position()));

        assertThat(readAll(log)).isEmpty();
        assertThat(log.size()).isZero();
    }

    @Test
    @Timeout(20)
    void aReaderIsWokenOnce() throws Exception {
        MemoryEventLog log = new MemoryEventLog(10, losses);

        log.reader().wake();

        assertThat(log.reader().read(records, 10, Duration.ofDays(1))).isZero();
        log.append(event(1, false));
        log.commit();
        assertThat(log.reader().read(records, 10, Duration.ofDays(1))).isOne();
    }

    @Test
    @Timeout(20)
    void closeReleasesAWaitingReaderAndRefusesEvents() throws Exception {
        MemoryEventLog log = new MemoryEventLog(10, losses);
        CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> {
            try {
                return log.reader().read(new ArrayList<>(), 10, Duration.ofDays(1));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });

        log.close();

        assertThat(read.get(10, TimeUnit.SECONDS)).isZero();
        assertThat(log.append(event(1, true))).isFalse();
        assertThat(lost).containsExactly(1L);
    }

    @Test
    void capacityMustBePositive() {
        assertThatThrownBy(() -> new MemoryEventLog(0, losses)).hasMessageContaining("buffer.size");
    }

    /**
     * One thread appends far more than fits, one reads and sometimes rewinds, a third acknowledges in random order.
     * Whatever happens, each sequence is read in order or told as lost, never both and never neither.
     */
    @Test
    @Timeout(60)
    void underConcurrencyEveryEventIsDeliveredInOrderOrCounted() throws Exception {
        int events = 100_000;
        List<Long> dropped = Collections.synchronizedList(new ArrayList<>());
        MemoryEventLog log = new MemoryEventLog(
                500, (stage, type, priority, hook, cpu, captureId, sequence, bootTime) -> dropped.add(sequence));
        LogReader reader = log.reader();
        AtomicBoolean appended = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            CompletableFuture<Void> appender = CompletableFuture.runAsync(
                    () -> {
                        Random random = new Random(1);
                        for (int i = 0; i < events; i++) {
                            log.append(event(i, random.nextInt(4) == 0));
                            if (random.nextInt(50) == 0) {
                                log.commit();
                            }
                            if (random.nextInt(2_000) == 0) {
                                Thread.onSpinWait();
                            }
                        }
                        log.commit();
                        appended.set(true);
                    },
                    threads);
            Random random = new Random(2);
            List<Long> delivered = new ArrayList<>();
            List<LogRecord> batch = new ArrayList<>();
            long highest = -1;
            boolean done = false;
            while (!done) {
                done = appended.get();
                while (reader.read(batch, 1 + random.nextInt(100), Duration.ofMillis(1)) > 0) {
                    for (LogRecord record : batch) {
                        if (record.position() > highest) {
                            highest = record.position();
                            delivered.add(sequence(record));
                        }
                    }
                    if (random.nextInt(10) == 0) {
                        reader.rewind();
                        continue;
                    }
                    List<LogRecord> shuffled = new ArrayList<>(batch);
                    Collections.shuffle(shuffled, random);
                    CompletableFuture<Void> acks = CompletableFuture.runAsync(
                            () -> shuffled.forEach(record -> reader.acknowledge(record.position())), threads);
                    if (random.nextInt(3) == 0) {
                        acks.get(10, TimeUnit.SECONDS);
                    }
                }
            }
            appender.get(10, TimeUnit.SECONDS);
            threads.shutdown();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

            assertThat(delivered).isSorted();
            List<Long> all = new ArrayList<>(delivered);
            all.addAll(dropped);
            Collections.sort(all);
            assertThat(all)
                    .containsExactlyElementsOf(
                            LongStream.range(0, events).boxed().toList());
            assertThat(dropped).isNotEmpty();
        } finally {
            threads.shutdownNow();
        }
        assertThat(log.size()).isZero();
        assertThat(log.bytes()).isZero();
    }

    private MemoryEventLog filled(int capacity, int events) {
        MemoryEventLog log = new MemoryEventLog(capacity, losses);
        for (int i = 0; i < events; i++) {
            log.append(event(i, false));
        }
        log.commit();
        return log;
    }

    private List<Long> readAll(MemoryEventLog log) throws InterruptedException {
        log.reader().read(records, Integer.MAX_VALUE, Duration.ZERO);
        return records.stream().map(MemoryEventLogTest::sequence).toList();
    }

    private static long sequence(LogRecord record) {
        return ByteBuffer.wrap(record.framedBody()).getLong(LogRecord.BODY_OFFSET);
    }

    private static EncodedEvent event(long sequence, boolean priority) {
        EncodedEvent event = new EncodedEvent();
        byte[] key = ("node/" + sequence).getBytes(UTF_8);
        event.keyLength = key.length;
        System.arraycopy(key, 0, event.key, 0, key.length);
        event.valueLength = Long.BYTES;
        ByteBuffer.wrap(event.value).putLong(sequence);
        event.timestampMicros = 1000 + sequence;
        event.type = priority ? EventType.PROCESS_EXIT : EventType.PROCESS_EXEC;
        event.priority = priority;
        event.hook = priority ? Hook.PROCESS_EXIT : Hook.PROCESS_EXEC;
        event.cpu = 3;
        event.captureId = 55;
        event.sequence = sequence;
        event.bootTimeMicros = 2000 + sequence;
        return event;
    }
}
