// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.append;
import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.LogRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files of segments that are done with, written again. */
@Timeout(60)
class SpoolReuseTest {
    private static final int SEGMENT_BYTES = 64 << 10;

    /** Events that nearly fill a segment. */
    private static final int MOST = 520;

    /** Too many for the rest of it, and so few that what the file held before shows behind them. */
    private static final int FEW = 50;

    private final RecordingMonitor monitor = new RecordingMonitor();
    private final List<String> damage = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong(System.nanoTime());

    @TempDir
    private Path folder;

    @Test
    void aSegmentTakesTheFileOfOneThatIsDone() throws Exception {
        try (Spool spool = open()) {
            Path second = beginInOldFile(spool);
            assertThat(second)
                    .hasFileName("0000000003.seg")
                    .hasSize(files(".seg").get(second));
            assertThat(spool.diskBytes()).isEqualTo(bytesOnDisk());
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2 * MOST, 2 * MOST + FEW));
        }
        assertNothingWrong();
    }

    @Test
    void aKilledAgentsSegmentEndsAtItsMark() throws Exception {
        try (Spool spool = open()) {
            beginInOldFile(spool);
            append(spool, 2 * MOST + FEW, 2 * MOST + 2 * FEW);
            spool.commit();
            copyAsKilled();
        }
        try (Spool spool = open(killed())) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2 * MOST, 2 * MOST + 2 * FEW));
            assertThat(Files.size(killed().resolve("0000000003.seg"))).isLessThan(SEGMENT_BYTES / 2);
            assertThat(files(killed(), ".tmp")).isEmpty();
        }
        assertNothingWrong();
    }

    @Test
    void aBatchThatWasNotFinishedIsCutOffBeforeWhatTheFileHeld() throws Exception {
        try (Spool spool = open()) {
            beginInOldFile(spool);
            copyAsKilled();
        }
        Path last = killed().resolve("0000000003.seg");
        overwrite(last, endMark(last), new byte[] {1, 2, 3, 4, 90, 0, 0, 0, 5, 6});
        try (Spool spool = open(killed())) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2 * MOST, 2 * MOST + FEW));
        }
        assertThat(monitor.corruptions).singleElement().asString().contains("0000000003.seg", "unfinished");
        assertThat(monitor.losses).isEmpty();
    }

    @Test
    void recordsBehindABadOneAreCountedUpToTheMark() throws Exception {
        try (Spool spool = open()) {
            beginInOldFile(spool);
            copyAsKilled();
        }
        Path last = killed().resolve("0000000003.seg");
        overwrite(last, endMark(last) - 1, new byte[] {(byte) ~byteAt(last, endMark(last) - 1)});
        try (Spool spool = open(killed())) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2 * MOST, 2 * MOST + FEW - 1));
        }
        assertThat(monitor.losses).hasSize(1);
    }

    @Test
    void aRecordOfAnotherSegmentIsNone() throws Exception {
        try (Spool spool = open()) {
            beginInOldFile(spool);
            copyAsKilled();
        }
        Path last = killed().resolve("0000000003.seg");
        ByteBuffer stranger = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        int mask = header(2).crcMask();
        RecordFlyweight.encode(stranger, TestEvents.event(9_999), new CRC32C(), mask);
        RecordFlyweight.encodeEndMark(stranger, mask);
        byte[] bytes = new byte[stranger.flip().remaining()];
        stranger.get(bytes);
        overwrite(last, endMark(last), bytes);
        try (Spool spool = open(killed())) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2 * MOST, 2 * MOST + FEW));
        }
    }

    @Test
    void aMarkInASegmentThatIsNotTheLastEndsItToo() throws Exception {
        try (Spool spool = open()) {
            beginInOldFile(spool);
            copyAsKilled();
        }
        // As a build that does not know this version leaves it: it appends to segments of its own.
        Files.write(killed().resolve("0000000004.seg"), header(4).encode().array());
        try (Spool spool = open(killed())) {
            append(spool, 2 * MOST + FEW, 2 * MOST + 2 * FEW);
            spool.commit();
            List<LogRecord> records = readAll(spool.reader());
            assertThat(sequences(records)).isEqualTo(range(2 * MOST, 2 * MOST + 2 * FEW));
            records.forEach(record -> spool.reader().acknowledge(record.position()));
            assertThat(spool.bytes()).isZero();
        }
        assertNothingWrong();
    }

    @Test
    void aNameThatOutlivedAPowerLossWithoutItsHeaderIsNoLoss() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, FEW);
        }
        Files.move(folder.resolve("0000000001.seg"), folder.resolve("0000000002.seg"));
        try (Spool spool = open()) {
            assertThat(readAll(spool.reader())).isEmpty();
        }
        assertThat(monitor.corruptions).singleElement().asString().contains("0000000002.seg", "power loss");
        assertThat(monitor.losses).isEmpty();
    }

    @Test
    void aFileThatNobodyWantsIsDeletedAfterAWhile() throws Exception {
        try (Spool spool = open()) {
            fillTwoSegments(spool);
            acknowledgeAll(spool);
            awaitFiles(".tmp", 1);
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(9));
            append(spool, 2 * MOST, 2 * MOST + 1); // still fits into the second segment
            spool.commit();
            assertThat(files(".tmp")).hasSize(1);
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
            awaitFiles(".tmp", 0);
            assertThat(spool.diskBytes()).isEqualTo(bytesOnDisk());
        }
        assertNothingWrong();
    }

    @Test
    void noMoreThanTwoAreKeptAndNoneOverTheEnd() throws Exception {
        try (Spool spool = open()) {
            long sequence = 0;
            for (int segment = 0; segment < 6; segment++, sequence += MOST) {
                append(spool, sequence, sequence + MOST);
                spool.commit();
            }
            acknowledgeAll(spool);
            awaitFiles(".seg", 1);
            assertThat(files(".tmp")).hasSize(2);
            assertThat(spool.diskBytes()).isEqualTo(bytesOnDisk());
        }
        assertThat(files(".tmp")).isEmpty();
        assertNothingWrong();
    }

    @Test
    void whereTheFileCannotBeUsedAnotherIsMade() throws Exception {
        try (Spool spool = open()) {
            fillTwoSegments(spool);
            acknowledgeAll(spool);
            awaitFiles(".tmp", 1);
            Files.delete(files(".tmp").keySet().iterator().next());
            append(spool, 2 * MOST, 3 * MOST);
            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2 * MOST, 3 * MOST));
        }
        assertThat(monitor.upkeepFailures).singleElement().asString().contains("again");
        assertThat(monitor.losses).isEmpty();
    }

    @Test
    void aReaderBesideTheAgentIsNotLedAstray() throws Exception {
        try (Spool spool = open();
                SpoolReader beside = SpoolReader.open(folder, (s, o, b, reason) -> damage.add(reason))) {
            append(spool, 0, MOST);
            spool.commit();
            assertThat(beside.next().orElseThrow().sequence()).isZero();
            append(spool, MOST, 2 * MOST);
            spool.commit();
            acknowledgeAll(spool);
            awaitFiles(".tmp", 1);
            append(spool, 2 * MOST, 3 * MOST);
            spool.commit();
            List<Long> seen = new ArrayList<>();
            for (Optional<SpooledRecord> next = beside.next(); next.isPresent(); next = beside.next()) {
                assertThat(TestEvents.check(next.get().record()))
                        .isEqualTo(next.get().sequence());
                seen.add(next.get().sequence());
            }
            assertThat(seen).doesNotHaveDuplicates().isSorted().containsAll(range(2 * MOST, 3 * MOST));
        }
        assertThat(damage).isEmpty();
    }

    @Test
    void segmentsOfTheVersionBeforeAreReadAndRewritten() throws Exception {
        Files.createDirectory(folder.resolve("old"));
        Files.write(folder.resolve("old/0000000001.seg"), versionOne(1, 0, MOST));
        Files.write(folder.resolve("old/0000000002.seg"), versionOne(2, MOST, 2 * MOST));
        Path old = folder.resolve("old");
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwx------"));
        try (Spool spool = open(old)) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(0, 2 * MOST));
        }
        nanos.addAndGet(Duration.ofDays(8).toNanos());
        try (Spool spool = open(old)) {
            // Rewritten to priority records alone, in one file of this version
            nanos.addAndGet(Duration.ofDays(8).toNanos());
            while (monitor.losses.size() < 2 * MOST * 9 / 10) {
                Thread.sleep(1);
            }
            awaitFiles(old, ".seg", 1);
            assertThat(sequences(readAll(spool.reader())))
                    .isEqualTo(LongStream.range(0, 2 * MOST / 10)
                            .map(i -> i * 10)
                            .boxed()
                            .toList());
        }
        assertThat(monitor.corruptions).isEmpty();
    }

    /** Leaves segment 3 with a few records in the file of segment 1, and returns it. */
    private Path beginInOldFile(Spool spool) throws Exception {
        fillTwoSegments(spool);
        Object first = inode(folder.resolve("0000000001.seg"));
        acknowledgeAll(spool);
        awaitFiles(".tmp", 1);
        append(spool, 2 * MOST, 2 * MOST + FEW);
        spool.commit();
        Path third = folder.resolve("0000000003.seg");
        assertThat(inode(third)).isEqualTo(first);
        assertThat(Files.size(third)).isGreaterThan(SEGMENT_BYTES / 2);
        awaitFiles(".seg", 1); // the second is done with as well
        return third;
    }

    private void fillTwoSegments(Spool spool) {
        append(spool, 0, MOST);
        spool.commit();
        append(spool, MOST, 2 * MOST);
        spool.commit();
    }

    private static void acknowledgeAll(Spool spool) throws InterruptedException {
        readAll(spool.reader()).forEach(record -> spool.reader().acknowledge(record.position()));
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    private byte[] versionOne(long number, long from, long to) {
        SegmentHeader now = header(number);
        SegmentHeader header =
                new SegmentHeader(1, number, number, now.createdMicros(), false, now.schema(), now.length());
        ByteBuffer file = ByteBuffer.allocate(SEGMENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.put(header.encode());
        for (long sequence = from; sequence < to; sequence++) {
            RecordFlyweight.encode(file, TestEvents.event(sequence), new CRC32C(), 0);
        }
        byte[] bytes = new byte[file.flip().remaining()];
        file.get(bytes);
        return bytes;
    }

    private static SegmentHeader header(long number) {
        return new SegmentHeader(number, number, 1, false, SpoolSchema.of(TestEvents.SCHEMA));
    }

    /** Offset of the mark in a segment of {@link #FEW} records. */
    private static int endMark(Path segment) throws IOException {
        try (SegmentReader reader = new SegmentReader(SEGMENT_BYTES)) {
            reader.open(SegmentFile.openForReading(segment), header(3));
            while (reader.next(SEGMENT_BYTES) == SegmentReader.Step.RECORD) {
                // to the last one
            }
            assertThat(reader.isAtEndMark(SEGMENT_BYTES)).isTrue();
            return Math.toIntExact(reader.offset());
        }
    }

    private static byte byteAt(Path file, int offset) throws IOException {
        return Files.readAllBytes(file)[offset];
    }

    private static void overwrite(Path file, int offset, byte[] bytes) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            open.write(bytes);
        }
    }

    private Path killed() {
        return folder.resolve("killed");
    }

    private void copyAsKilled() throws IOException {
        Files.createDirectory(
                killed(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (String suffix : List.of(".seg", ".tmp")) {
            for (Path file : files(suffix).keySet()) {
                Files.copy(file, killed().resolve(file.getFileName()));
            }
        }
    }

    private Map<Path, Long> files(String suffix) throws IOException {
        return files(folder, suffix);
    }

    private static Map<Path, Long> files(Path folder, String suffix) throws IOException {
        Map<Path, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(suffix)).toList()) {
                try {
                    sizes.put(file, Files.size(file));
                } catch (NoSuchFileException e) {
                    // gone since it was listed
                }
            }
        }
        return sizes;
    }

    private long bytesOnDisk() throws IOException {
        return files(".seg").values().stream().mapToLong(size -> size).sum()
                + files(".seg.tmp").values().stream().mapToLong(size -> size).sum();
    }

    private void awaitFiles(String suffix, int count) throws Exception {
        awaitFiles(folder, suffix, count);
    }

    private static void awaitFiles(Path folder, String suffix, int count) throws Exception {
        while (files(folder, suffix).size() != count) {
            Thread.sleep(1);
        }
    }

    private void assertNothingWrong() {
        assertThat(monitor.corruptions).isEmpty();
        assertThat(monitor.losses).isEmpty();
        assertThat(monitor.failures).isEmpty();
        assertThat(monitor.upkeepFailures).isEmpty();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private Spool open() throws SpoolException {
        return open(folder);
    }

    private Spool open(Path where) throws SpoolException {
        SpoolOptions options = SpoolOptions.of(where)
                .withBatchBytes(SEGMENT_BYTES / 2)
                .withSegmentBytes(SEGMENT_BYTES)
                .withMaxBytes(1 << 20)
                .withCheckpointInterval(Duration.ofMillis(2))
                .withSyncInterval(Duration.ofMillis(2));
        return Spool.open(options, TestEvents.SCHEMA, monitor, monitor, nanos::get);
    }
}
