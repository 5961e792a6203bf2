// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LossReporterTest {
    private static final long CAPTURE = 77;

    private final List<Loss> encoded = new ArrayList<>();
    private final AtomicLong counted = new AtomicLong();
    private long bootMicros = 1000;
    private long agentSequence;

    private final LossReporter reporter =
            new LossReporter(this::encode, new CountingObserver(counted), () -> bootMicros);

    @Test
    void lossesOfOneSequenceAreOneReport() {
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 5, 100);
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 6, 130);
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 7, 120);

        assertThat(reporter.reportTo(new MemoryEventLog(10, reporter))).isTrue();

        assertThat(encoded)
                .containsExactly(new Loss(
                        LossStage.QUEUE, EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, CAPTURE, 3, 3, 5, 7, 100, 130));
        assertThat(counted).hasValue(3);
        assertThat(reporter.hasUnreported()).isFalse();
    }

    @Test
    void everySequenceHasItsOwnReport() {
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 5, 100);
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 1, 5, 100);
        lose(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, 1, 5, 100);

        reporter.reportTo(new MemoryEventLog(10, reporter));

        assertThat(encoded).hasSize(3).allMatch(loss -> loss.count() == 1);
    }

    @Test
    void countsWithoutSequenceNameNone() {
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 5, 100);
        reporter.lostUnseen(LossStage.QUEUE, EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, CAPTURE, 10, 2, 90, 95);

        reporter.reportTo(new MemoryEventLog(10, reporter));

        assertThat(encoded).singleElement().satisfies(loss -> {
            assertThat(loss.count()).isEqualTo(11);
            assertThat(loss.priorityCount()).isEqualTo(3);
            assertThat(loss.firstSequence()).isZero();
            assertThat(loss.lastSequence()).isZero();
            assertThat(loss.fromMicros()).isEqualTo(90);
            assertThat(loss.toMicros()).isEqualTo(100);
        });
    }

    @Test
    void timeThatIsNotKnownIsTheTimeSinceTheLastReport() {
        bootMicros = 5000;
        lose(EventType.UNKNOWN, Hook.UNKNOWN, -1, 0, 0);

        reporter.reportTo(new MemoryEventLog(10, reporter));

        assertThat(encoded).singleElement().satisfies(loss -> {
            assertThat(loss.fromMicros()).isEqualTo(1000);
            assertThat(loss.toMicros()).isEqualTo(5000);
        });
    }

    @Test
    void reportThatFindsNoRoomIsKept() throws InterruptedException {
        MemoryEventLog log = new MemoryEventLog(1, reporter);
        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, 0, 5, 100);
        lose(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, 0, 9, 100);

        assertThat(reporter.reportTo(log)).isFalse();
        log.commit();
        lose(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, 0, 10, 100);
        assertThat(reporter.reportTo(log)).isFalse();
        assertThat(reporter.hasUnreported()).isTrue();

        List<Long> reported = new ArrayList<>();
        do {
            log.commit();
            reported.addAll(drain(log));
        } while (!reporter.reportTo(log) || !reported.containsAll(List.of(1L, 2L, 3L)));

        assertThat(reported).containsExactly(1L, 2L, 3L);
        assertThat(encoded).extracting(Loss::count).containsExactly(1L, 1L, 1L);
        assertThat(counted).as("no report counts as lost").hasValue(3);
        assertThat(reporter.hasUnreported()).isFalse();
    }

    @Test
    void everyLossOfEveryThreadIsCountedOnce() throws InterruptedException {
        int threads = 4;
        int each = 20_000;
        MemoryEventLog log = new MemoryEventLog(100_000, reporter);
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            int cpu = t;
            new Thread(() -> {
                        LongStream.rangeClosed(1, each)
                                .forEach(sequence ->
                                        lose(EventType.PROCESS_EXEC, Hook.PROCESS_EXEC, cpu, sequence, sequence));
                        done.countDown();
                    })
                    .start();
        }
        while (done.getCount() > 0) {
            reporter.reportTo(log);
        }
        reporter.reportTo(log);

        for (int t = 0; t < threads; t++) {
            int cpu = t;
            assertThat(encoded.stream()
                            .filter(loss -> loss.cpu() == cpu)
                            .mapToLong(Loss::count)
                            .sum())
                    .isEqualTo(each);
        }
        assertThat(counted).hasValue((long) threads * each);
    }

    @Test
    void moreSequencesThanCanBeToldApartAreSummed() {
        for (int capture = 1; capture <= 10_000; capture++) {
            reporter.lost(LossStage.SPOOL, EventType.PROCESS_EXIT, false, Hook.PROCESS_EXIT, 0, capture, 1, capture);
        }

        reporter.reportTo(new MemoryEventLog(100_000, reporter));

        assertThat(encoded).hasSizeLessThan(5000);
        assertThat(encoded.stream().mapToLong(Loss::count).sum()).isEqualTo(10_000);
        assertThat(encoded)
                .filteredOn(loss -> loss.count() > 1)
                .singleElement()
                .satisfies(loss -> assertThat(loss.captureId()).isZero());
    }

    private void lose(EventType type, Hook hook, int cpu, long sequence, long bootTimeMicros) {
        reporter.lost(LossStage.QUEUE, type, true, hook, cpu, CAPTURE, sequence, bootTimeMicros);
    }

    private void encode(Loss loss, EncodedEvent out) {
        encoded.add(loss);
        out.type = EventType.EVENTS_LOST;
        out.priority = true;
        out.hook = Hook.AGENT;
        out.sequence = ++agentSequence;
        out.timestampMicros = out.sequence;
        out.keyLength = 0;
        out.valueLength = 0;
    }

    private static List<Long> drain(MemoryEventLog log) throws InterruptedException {
        List<LogRecord> records = new ArrayList<>();
        log.reader().read(records, 100, Duration.ZERO);
        records.forEach(record -> log.reader().acknowledge(record.position()));
        return records.stream().map(LogRecord::timestampMicros).toList();
    }
}
