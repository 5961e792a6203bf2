// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.append;
import static io.processsignals.common.spool.TestEvents.event;
import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogReader;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.LossStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
    private final RecordingMonitor monitor = new RecordingMonitor();

    @TempDir
    private Path folder;

    @Test
    void recordsAreVisibleAfterCommit() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 3);
            assertThat(readAll(spool.reader())).isEmpty();

            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).containsExactly(0L, 1L, 2L);
            assertThat(readAll(spool.reader())).isEmpty();
        }
    }

    @Test
    void unacknowledgedRecordsComeBackAfterReopening() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 100);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            records.subList(0, 40).forEach(record -> spool.reader().acknowledge(record.position()));
        }
        try (Spool spool = open()) {
            append(spool, 100, 110);
            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(40, 110));
        }
    }

    @Test
    void closingCommitsWhatWasAppended() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 5);
        }
        try (Spool spool = open()) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(0, 5));
        }
        assertThat(monitor.losses).isEmpty();
    }

    @Test
    void rewindGoesBackToTheUnacknowledged() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 10);
            spool.commit();
            LogReader reader = spool.reader();
            List<LogRecord> records = readAll(reader);
            for (int index : new int[] {0, 1, 4, 9}) {
                reader.acknowledge(records.get(index).position());
            }
            reader.rewind();
            assertThat(sequences(readAll(reader))).containsExactly(2L, 3L, 5L, 6L, 7L, 8L);
        }
    }

    @Test
    void readsTheSameWithTheArraysOfEarlierRecords() throws Exception {
        try (Spool spool = open()) {
            LogReader reader = spool.reader();
            List<LogRecord> records = new ArrayList<>();
            List<Long> seen = new ArrayList<>();
            Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
            int reused = 0;
            for (int begin = 0; begin < 1_000; begin += 100) {
                append(spool, begin, begin + 100);
                spool.commit();
                while (reader.read(records, 30, Duration.ZERO) > 0) {
                    seen.addAll(sequences(records));
                    for (LogRecord record : records) {
                        reused += arrays.add(record.framedBody()) ? 0 : 1;
                    }
                    reader.recycle(records);
                    assertThat(records).isEmpty();
                }
            }
            assertThat(seen).isEqualTo(range(0, 1_000));
            assertThat(reused).isGreaterThan(900);
        }
    }

    @Test
    void aRecordCanBeReadOnceMoreUntilItsSegmentIsDoneWith() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 5_000);
            spool.commit();
            LogReader reader = spool.reader();
            List<LogRecord> records = readAll(reader);
            for (int index : new int[] {0, 1, 2_500, 4_999}) {
                LogRecord again = reader.reread(records.get(index).position()).orElseThrow();
                assertThat(again).usingRecursiveComparison().isEqualTo(records.get(index));
            }
            append(spool, 5_000, 5_001);
            spool.commit();
            assertThat(sequences(readAll(reader))).containsExactly(5_000L);

            for (LogRecord record : records) {
                reader.acknowledge(record.position());
            }
            assertThat(reader.reread(records.get(0).position())).isEmpty();
        }
    }

    @Test
    void acknowledgedSegmentsAreDeletedInWhateverOrderTheAcknowledgementsCome() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 5_000);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            assertThat(segmentFiles()).hasSizeGreaterThan(5);
            Collections.shuffle(records, new Random(1));
            for (LogRecord record : records) {
                assertThat(spool.bytes()).isPositive();
                spool.reader().acknowledge(record.position());
            }
            assertThat(spool.bytes()).isZero();
            assertThat(spool.oldestTimestampMicros()).isZero();
        }
        try (Spool spool = open()) {
            assertThat(segmentFiles()).isEmpty();
            assertThat(readAll(spool.reader())).isEmpty();
            append(spool, 0, 1);
            spool.commit();
            assertThat(readAll(spool.reader())).hasSize(1);
        }
    }

    @Test
    void acknowledgingTwiceChangesNothing() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 2);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            spool.reader().acknowledge(records.get(0).position());
            spool.reader().acknowledge(records.get(0).position());
            spool.reader().rewind();
            assertThat(sequences(readAll(spool.reader()))).containsExactly(1L);
        }
    }

    @Test
    void acknowledgingWhatWasNeverReadIsAnError() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 2);
            spool.commit();
            LogReader reader = spool.reader();
            List<LogRecord> batch = new ArrayList<>();
            reader.read(batch, 1, Duration.ZERO);
            long next = batch.get(0).position() + 1;
            assertThatThrownBy(() -> reader.acknowledge(next)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> reader.acknowledge(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> reader.acknowledge(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void oldestTimestampIsThatOfTheFirstUnacknowledgedRecord() throws Exception {
        try (Spool spool = open()) {
            assertThat(spool.oldestTimestampMicros()).isZero();
            append(spool, 0, 3_000);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            for (int i = 0; i < records.size(); i++) {
                assertThat(spool.oldestTimestampMicros()).isEqualTo(TestEvents.timestamp(i));
                spool.reader().acknowledge(records.get(i).position());
            }
            assertThat(spool.oldestTimestampMicros()).isZero();
        }
    }

    @Test
    void waitingReaderIsWokenByCommitAndByClose() throws Exception {
        Spool spool = open();
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch first = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            List<LogRecord> batch = new ArrayList<>();
            try {
                while (spool.reader().read(batch, 10, Duration.ofHours(1)) > 0) {
                    seen.addAll(sequences(batch));
                    first.countDown();
                }
            } catch (InterruptedException e) {
                seen.add(-1L);
            }
        });
        thread.start();
        append(spool, 0, 1);
        spool.commit();
        first.await();
        spool.close();
        thread.join();
        assertThat(seen).containsExactly(0L);
    }

    @Test
    void aReaderIsWokenOnce() throws Exception {
        try (Spool spool = open()) {
            List<LogRecord> batch = new ArrayList<>();

            spool.reader().wake();

            assertThat(spool.reader().read(batch, 10, Duration.ofHours(1))).isZero();
            append(spool, 0, 1);
            spool.commit();
            assertThat(spool.reader().read(batch, 10, Duration.ofHours(1))).isOne();
        }
    }

    @Test
    void interruptedThreadsLoseNothing() throws Exception {
        try (Spool spool = open()) {
            for (int sequence = 0; sequence < 50; sequence++) {
                append(spool, sequence, sequence + 1);
                Thread.currentThread().interrupt();
                spool.commit();
                List<LogRecord> batch = new ArrayList<>();
                spool.reader().read(batch, 10, Duration.ZERO);
                assertThat(Thread.interrupted()).isTrue();
                assertThat(sequences(batch)).containsExactly((long) sequence);
            }
        }
        assertThat(monitor.losses).isEmpty();
        assertThat(monitor.failures).isEmpty();
        assertThat(monitor.corruptions).isEmpty();
    }

    @Test
    void largeRecordsPassAndOversizeOnesAreCounted() throws Exception {
        int batch = 32 << 10;
        try (Spool spool = open()) {
            EncodedEvent large = event(1, batch - RecordFlyweight.KEY_OFFSET - "node/1".length());
            assertThat(spool.append(large)).isTrue();
            assertThat(spool.append(event(2, batch))).isFalse();
            assertThat(spool.append(event(3))).isTrue();
            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).containsExactly(1L, 3L);
        }
        assertThat(monitor.losses)
                .singleElement()
                .satisfies(loss -> assertThat(loss.stage()).isEqualTo(LossStage.OVERSIZE))
                .satisfies(loss -> assertThat(loss.sequence()).isEqualTo(2));
    }

    @Test
    void appendingAfterCloseIsCounted() throws Exception {
        Spool spool = open();
        spool.close();
        spool.close();
        assertThat(spool.append(event(9))).isFalse();
        spool.commit();
        assertThat(monitor.lostSequences()).containsExactly(9L);
    }

    @Test
    void everySyncPolicyKeepsEverything() throws Exception {
        for (Duration interval : List.of(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(1))) {
            Path each = folder.resolve("sync" + interval.toMillis());
            SpoolOptions options = options(each).withSyncInterval(interval);
            try (Spool spool = Spool.open(options, TestEvents.SCHEMA, monitor, monitor)) {
                for (int sequence = 0; sequence < 2_000; sequence += 100) {
                    append(spool, sequence, sequence + 100);
                    spool.commit();
                }
            }
            try (Spool spool = Spool.open(options, TestEvents.SCHEMA, monitor, monitor)) {
                assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(0, 2_000));
            }
        }
        assertThat(monitor.upkeepFailures).isEmpty();
    }

    @Test
    void filesAreTheirOwnersAlone() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 10);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            spool.reader().acknowledge(records.get(0).position());
        }
        try (Stream<Path> files = Files.list(spoolFolder())) {
            assertThat(files.toList())
                    .hasSize(3)
                    .allSatisfy(file -> assertThat(mode(file)).isEqualTo("rw-------"));
        }
        assertThat(mode(spoolFolder())).isEqualTo("rwx------");
    }

    @Test
    void readerDoesNotTakeMoreThanAskedFor() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 10);
            spool.commit();
            List<LogRecord> batch = new ArrayList<>();
            assertThat(spool.reader().read(batch, 0, Duration.ofHours(1))).isZero();
            assertThat(spool.reader().read(batch, 3, Duration.ofHours(1))).isEqualTo(3);
            assertThat(spool.reader().read(batch, 100, Duration.ofHours(1))).isEqualTo(7);
        }
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private List<Path> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.list(spoolFolder())) {
            return files.filter(file -> file.toString().endsWith(".seg")).toList();
        }
    }

    private Path spoolFolder() {
        return folder.resolve("spool");
    }

    private static SpoolOptions options(Path folder) {
        return SpoolOptions.of(folder).withBatchBytes(32 << 10).withSegmentBytes(64 << 10);
    }

    private Spool open() throws SpoolException {
        return Spool.open(options(spoolFolder()), TestEvents.SCHEMA, monitor, monitor);
    }
}
