// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.event;
import static io.processsignals.common.spool.TestEvents.isPriority;
import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.LogRecord;
import io.processsignals.events.LossStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes when there is too much, and that all of it is told. */
class SpoolCapsTest {
    private static final long SEGMENT = 64 << 10;

    private final RecordingMonitor monitor = new RecordingMonitor();
    private final AtomicLong nanos = new AtomicLong();

    @TempDir
    private Path folder;

    @AfterEach
    void nothingElseWentWrong() {
        assertThat(monitor.corruptions).isEmpty();
        assertThat(monitor.failures).isEmpty();
        assertThat(monitor.upkeepFailures).isEmpty();
    }

    @Test
    void bulkGoesFirstAndDeathsStayInOrder() throws Exception {
        SpoolOptions options = options().withMaxBytes(16 * SEGMENT);
        int count = 20_000; // 2.4 MB for a cap of 1 MB; the deaths alone are 240 kB
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < count; sequence++) {
                assertThat(spool.append(event(sequence))).isTrue();
                if (sequence % 100 == 99) {
                    spool.commit();
                    awaitRoom(spool, options);
                    assertThat(bytesOnDisk()).isLessThanOrEqualTo(options.maxBytes());
                }
            }
            List<Long> kept = sequences(readAll(spool.reader()));
            assertThat(kept).isSorted();
            assertThat(kept.stream().filter(TestEvents::isPriority).toList())
                    .isEqualTo(LongStream.range(0, count)
                            .filter(TestEvents::isPriority)
                            .boxed()
                            .toList());
            assertEachKeptOrLost(kept, count);

            // The newest bulk is what is left of it: all from the first on.
            long firstBulk =
                    kept.stream().filter(s -> !isPriority(s)).findFirst().orElseThrow();
            assertThat(new HashSet<>(kept))
                    .containsAll(LongStream.range(firstBulk, count).boxed().toList());
            assertThat(monitor.losses)
                    .allSatisfy(loss -> assertThat(loss.stage()).isEqualTo(LossStage.SPOOL))
                    .allSatisfy(loss -> assertThat(loss.priority()).isEqualTo(isPriority(loss.sequence())));
        }
    }

    @Test
    void oldestDeathsGoWhenThereIsNothingElse() throws Exception {
        SpoolOptions options = options().withMaxBytes(8 * SEGMENT);
        int count = 10_000;
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < count; sequence++) {
                assertThat(spool.append(event(sequence, 60, true))).isTrue();
                if (sequence % 100 == 99) {
                    spool.commit();
                    awaitRoom(spool, options);
                }
            }
            List<Long> kept = sequences(readAll(spool.reader()));
            assertThat(kept)
                    .isEqualTo(LongStream.range(kept.get(0), count).boxed().toList());
            assertEachKeptOrLost(kept, count);
            assertThat(kept.size()).isGreaterThan(2_000);
        }
    }

    @Test
    void rewrittenSegmentsAreMergedAndOutliveARestart() throws Exception {
        SpoolOptions options = options().withMaxBytes(6 * SEGMENT);
        int count = 30_000;
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < count; sequence++) {
                spool.append(event(sequence, 60, sequence % 100 == 0));
                if (sequence % 100 == 99) {
                    spool.commit();
                    awaitRoom(spool, options);
                }
            }
        }
        // 57 segments were filled, with a handful of deaths in each.
        assertThat(segmentFiles()).hasSizeLessThan(8);
        try (Spool spool = open(options)) {
            List<Long> kept = sequences(readAll(spool.reader()));
            assertThat(kept)
                    .isSorted()
                    .containsAll(LongStream.range(0, 300).mapToObj(i -> i * 100).toList());
            assertEachKeptOrLost(kept, count);
        }
    }

    @Test
    void crashBetweenMergeAndDeletionBringsNothingTwice() throws Exception {
        SpoolOptions options = options().withMaxAge(Duration.ofHours(8), Duration.ofHours(80));
        Path kept = Files.createDirectory(folder.resolve("kept"));
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < 2_000; sequence++) {
                spool.append(event(sequence));
            }
            spool.commit();
            for (Path file : segmentFiles()) {
                Files.copy(file, kept.resolve(file.getFileName()));
            }
            nanos.addAndGet(Duration.ofHours(9).toNanos());
            spool.append(event(2_000));
            spool.commit(); // a new segment, for the age of the last
            await(() -> segmentFiles().size() == 2);
        }
        List<Path> merged = segmentFiles();
        for (String name : List.of("0000000002.seg", "0000000003.seg")) {
            assertThat(merged).noneMatch(file -> file.endsWith(name));
            Files.copy(kept.resolve(name), spoolFolder().resolve(name));
        }
        try (SpoolReader reader = SpoolReader.open(spoolFolder(), (segment, offset, bytes, reason) -> {})) {
            for (long death = 0; death <= 2_000; death += 10) {
                assertThat(TestEvents.check(reader.next().orElseThrow().record()))
                        .isEqualTo(death);
            }
            assertThat(reader.next()).isEmpty();
        }
        try (Spool spool = open(options)) {
            assertThat(sequences(readAll(spool.reader())))
                    .isEqualTo(
                            LongStream.rangeClosed(0, 200).mapToObj(i -> i * 10).toList());
        }
    }

    @Test
    void whatTheReaderHasBegunIsNeverTakenBack() throws Exception {
        SpoolOptions options = options().withMaxBytes(4 * SEGMENT);
        int count = 10_000;
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < 1_000; sequence++) {
                assertThat(spool.append(event(sequence))).isTrue();
            }
            spool.commit();
            List<LogRecord> inFlight = readAll(spool.reader());
            assertThat(inFlight).hasSize(1_000);

            for (int sequence = 1_000; sequence < count; sequence++) {
                spool.append(event(sequence));
                if (sequence % 100 == 99) {
                    spool.commit();
                }
            }
            spool.reader().rewind();
            List<Long> kept = sequences(readAll(spool.reader()));
            assertThat(kept).containsAll(LongStream.range(0, 1_000).boxed().toList());
            assertEachKeptOrLost(kept, count);
        }
    }

    @Test
    void fullSpoolRefusesBulkBeforeDeaths() throws Exception {
        SpoolOptions options = options().withMaxBytes(4 * SEGMENT);
        try (Spool spool = open(options)) {
            long sequence = 0;
            List<LogRecord> batch = new ArrayList<>();
            while (spool.append(event(sequence, 60, false))) {
                sequence++;
                spool.commit();
                spool.reader().read(batch, 100, Duration.ZERO); // begun, so that no room can be made
            }
            assertThat(spool.append(event(1_000_000, 60, true))).isTrue();
            spool.commit();
            assertThat(monitor.lostSequences()).containsExactly(sequence);
            assertThat(bytesOnDisk()).isLessThanOrEqualTo(options.maxBytes());
            spool.reader().read(batch, 100, Duration.ZERO);
            assertThat(sequences(batch)).containsExactly(1_000_000L);
        }
    }

    @Test
    void acknowledgementsMakeRoomAgain() throws Exception {
        SpoolOptions options = options().withMaxBytes(4 * SEGMENT);
        try (Spool spool = open(options)) {
            List<LogRecord> batch = new ArrayList<>();
            long sequence = 0;
            while (spool.append(event(sequence, 60, false))) {
                sequence++;
                spool.commit();
                spool.reader().read(batch, 100, Duration.ZERO);
            }
            spool.reader().rewind();
            readAll(spool.reader()).forEach(record -> spool.reader().acknowledge(record.position()));
            assertThat(spool.append(event(sequence, 60, false))).isTrue();
        }
    }

    @Test
    void bulkExpiresBeforeDeaths() throws Exception {
        SpoolOptions options = options().withMaxAge(Duration.ofHours(8), Duration.ofHours(80));
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < 1_000; sequence++) {
                spool.append(event(sequence));
            }
            spool.commit();
            nanos.addAndGet(Duration.ofHours(7).toNanos());
            for (int sequence = 1_000; sequence < 1_010; sequence++) {
                spool.append(event(sequence));
            }
            spool.commit();
            nanos.addAndGet(Duration.ofHours(2).toNanos());
            await(() -> monitor.losses.size() == 900);
            assertThat(monitor.lostSequences()).allMatch(s -> s < 1_000 && !isPriority(s));

            nanos.addAndGet(Duration.ofHours(75).toNanos());
            await(() -> monitor.losses.size() == 1_000);
            // Nothing is taken out of the segment that is being written, whatever its age.
            assertThat(sequences(readAll(spool.reader())))
                    .isEqualTo(LongStream.range(1_000, 1_010).boxed().toList());
        }
    }

    @Test
    void ageIsCountedFromWhenTheFileWasWrittenAfterARestart() throws Exception {
        SpoolOptions options = options().withMaxAge(Duration.ofHours(8), Duration.ofHours(80));
        try (Spool spool = open(options)) {
            for (int sequence = 0; sequence < 100; sequence++) {
                spool.append(event(sequence));
            }
        }
        Path file = segmentFiles().get(0);
        Files.setLastModifiedTime(
                file,
                FileTime.fromMillis(
                        System.currentTimeMillis() - Duration.ofHours(9).toMillis()));
        try (Spool spool = open(options)) {
            await(() -> monitor.losses.size() == 90);
            assertThat(sequences(readAll(spool.reader()))).hasSize(10).allMatch(TestEvents::isPriority);
        }
    }

    private void assertEachKeptOrLost(List<Long> kept, int count) {
        List<Long> lost = monitor.lostSequences();
        assertThat(new HashSet<>(lost)).as("reported once each").hasSameSizeAs(lost);
        Set<Long> all = new TreeSet<>(kept);
        assertThat(all).hasSameSizeAs(kept).noneMatch(new HashSet<>(lost)::contains);
        all.addAll(lost);
        assertThat(all)
                .isEqualTo(new TreeSet<>(LongStream.range(0, count).boxed().toList()));
    }

    private void awaitRoom(Spool spool, SpoolOptions options) throws Exception {
        await(() -> spool.diskBytes() <= options.reclaimBytes());
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        while (!condition.holds()) {
            Thread.sleep(1);
        }
    }

    private long bytesOnDisk() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(spoolFolder())) {
            for (Path file : files.toList()) {
                try {
                    bytes += Files.size(file);
                } catch (NoSuchFileException e) {
                    // just renamed or deleted
                }
            }
        }
        return bytes;
    }

    private List<Path> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.list(spoolFolder())) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    private Path spoolFolder() {
        return folder.resolve("spool");
    }

    private SpoolOptions options() {
        return SpoolOptions.of(spoolFolder())
                .withBatchBytes(16 << 10)
                .withSegmentBytes(SEGMENT)
                .withCheckpointInterval(Duration.ofMillis(5));
    }

    private Spool open(SpoolOptions options) throws SpoolException {
        return Spool.open(options, TestEvents.SCHEMA, monitor, monitor, nanos::get);
    }
}
