// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.LogRecord;
import io.processsignals.events.LossStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that were cut or changed: never a crash or an endless loop, and no loss without a word. */
class SpoolDamageTest {
    private static final int PER_SEGMENT = 4;

    private RecordingMonitor monitor = new RecordingMonitor();
    private Path first;
    private Path second;
    private byte[] firstImage;
    private byte[] secondImage;

    @TempDir(factory = MemoryFolder.class)
    private Path folder;

    /** Two segments of two starts, with records [0, 4) and [4, 8). */
    @BeforeEach
    void twoSegments() throws IOException {
        try (Spool spool = open()) {
            append(spool, 0, PER_SEGMENT);
        }
        try (Spool spool = open()) {
            append(spool, PER_SEGMENT, 2 * PER_SEGMENT);
        }
        first = spoolFolder().resolve("0000000001.seg");
        second = spoolFolder().resolve("0000000002.seg");
        firstImage = Files.readAllBytes(first);
        secondImage = Files.readAllBytes(second);
    }

    @Test
    void tailTornAtAnyByteCostsOnlyTheUnfinishedRecord() throws Exception {
        int recordSize = lastRecordSize();
        for (int cut = 1; cut <= recordSize; cut++) {
            restore(firstImage, Arrays.copyOf(secondImage, secondImage.length - cut));
            try (Spool spool = open()) {
                append(spool, 100, 101);
                spool.commit();
                assertThat(sequences(readAll(spool.reader()))).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 100L);
            }
            assertThat(monitor.corruptedBytes.get()).isEqualTo(recordSize - cut);
            try (Spool spool = open()) {
                assertThat(sequences(readAll(spool.reader()))).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 100L);
            }
        }
    }

    @Test
    void tailOfZerosIsCutOff() throws Exception {
        restore(firstImage, Arrays.copyOf(secondImage, secondImage.length + 4096));
        try (Spool spool = open()) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(0, 2 * PER_SEGMENT));
        }
        assertThat(monitor.corruptedBytes.get()).isEqualTo(4096);
        assertThat(Files.size(second)).isEqualTo(secondImage.length);
    }

    @Test
    void anyFlippedBitLosesOnlyWhatIsReported() throws Exception {
        Random random = new Random(7);
        for (int offset = 0; offset < firstImage.length; offset++) {
            restore(flipped(firstImage, offset, random.nextInt(8)), secondImage);
            checkAfterDamage("byte " + offset + " of the first segment", 0);
            restore(firstImage, flipped(secondImage, offset, random.nextInt(8)));
            checkAfterDamage("byte " + offset + " of the second segment", PER_SEGMENT);
        }
    }

    @Test
    void anyFlippedBitIsReportedByTheOfflineReaderToo() throws Exception {
        Random random = new Random(8);
        for (int offset = 0; offset < firstImage.length; offset++) {
            restore(flipped(firstImage, offset, random.nextInt(8)), secondImage);
            List<String> damage = new ArrayList<>();
            List<Long> read = readOffline(damage);
            assertThat(read).as("byte %d", offset).isSorted().containsAll(range(PER_SEGMENT, 2 * PER_SEGMENT));
            assertThat(read.size() == 2 * PER_SEGMENT).isEqualTo(damage.isEmpty());
        }
    }

    @Test
    void garbageForSegmentsIsNeverMoreThanReported() throws Exception {
        Random random = new Random(3);
        for (int round = 0; round < 200; round++) {
            byte[] garbage = new byte[random.nextInt(3000)];
            random.nextBytes(garbage);
            byte[] patched = firstImage.clone();
            int at = random.nextInt(patched.length);
            System.arraycopy(garbage, 0, patched, at, Math.min(garbage.length, patched.length - at));
            restore(round % 2 == 0 ? garbage : patched, secondImage);
            checkAfterDamage("round " + round, 0);
        }
    }

    @Test
    void missingSegmentFileDoesNotStopTheReader() throws Exception {
        try (Spool spool = open()) {
            Files.delete(first);
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(PER_SEGMENT, 2 * PER_SEGMENT));
        }
        assertThat(monitor.corruptions).singleElement().asString().contains("0000000001.seg", "gone");
    }

    @Test
    void damageFoundWhileTheSegmentIsWrittenCostsTheRestOfIt() throws Exception {
        restore(new byte[0], new byte[0]);
        Path active = spoolFolder().resolve("0000000003.seg");
        try (Spool spool = open()) {
            append(spool, 0, 10);
            spool.commit();
            byte[] image = Files.readAllBytes(active);
            Files.write(active, flipped(image, image.length - 1, 0));

            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(0, 9));
            append(spool, 10, 20);
            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(10, 20));
            spool.reader().rewind();
            assertThat(sequences(readAll(spool.reader()))).hasSize(19);
        }
        assertThat(monitor.corruptions).singleElement().asString().contains("checksum");
    }

    @Test
    void damagedCheckpointBringsEverythingAgain() throws Exception {
        restore(firstImage, secondImage);
        try (Spool spool = open()) {
            for (LogRecord record : readAll(spool.reader()).subList(0, 2)) {
                spool.reader().acknowledge(record.position());
            }
        }
        Path checkpoint = spoolFolder().resolve("checkpoint");
        byte[] image = Files.readAllBytes(checkpoint);
        try (Spool spool = open()) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(2, 8));
        }
        for (int bit = 0; bit < 8 * image.length; bit++) {
            Files.write(checkpoint, flipped(image, bit / 8, bit % 8));
            try (Spool spool = open()) {
                assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(0, 8));
            }
        }
        for (int length = 0; length < image.length; length++) {
            Files.write(checkpoint, Arrays.copyOf(image, length));
            try (Spool spool = open()) {
                assertThat(readAll(spool.reader())).hasSize(8);
            }
        }
    }

    @Test
    void segmentsOfANewerVersionAreLeftAlone() throws Exception {
        byte[] newer = firstImage.clone();
        newer[SegmentHeader.MAGIC.length] = SegmentHeader.VERSION + 1;
        restore(newer, secondImage);
        try (Spool spool = open()) {
            assertThat(sequences(readAll(spool.reader()))).isEqualTo(range(PER_SEGMENT, 2 * PER_SEGMENT));
            assertThat(spool.diskBytes()).isEqualTo(firstImage.length + secondImage.length);
        }
        assertThat(Files.readAllBytes(first)).isEqualTo(newer);
        assertThat(monitor.corruptions).singleElement().asString().contains("newer version");
    }

    @Test
    void recordsBehindDamagedOnesAreCountedByTheirLengths() throws Exception {
        int header = headerLength();
        restore(flipped(firstImage, header, 0), secondImage); // of the first record's checksum
        assertLost(PER_SEGMENT, PER_SEGMENT);
        restore(flipped(firstImage, firstImage.length - 1, 0), secondImage);
        assertLost(1, 1);
        restore(firstImage, flipped(secondImage, header, 0));
        assertLost(PER_SEGMENT, PER_SEGMENT);
    }

    @Test
    void whereLengthsLeadNowhereTheNumberIsEstimated() throws Exception {
        int header = headerLength();
        byte[] damaged = firstImage.clone();
        Arrays.fill(damaged, header, damaged.length, (byte) 0x7f);
        restore(damaged, secondImage);
        assertLost(PER_SEGMENT, Math.max(1, (damaged.length - header) / 300));
    }

    private void assertLost(int missing, int told) throws Exception {
        try (Spool spool = open()) {
            assertThat(readAll(spool.reader())).hasSize(2 * PER_SEGMENT - missing);
        }
        assertThat(monitor.losses).hasSize(told).allMatch(loss -> loss.stage() == LossStage.SPOOL);
    }

    private int headerLength() throws Exception {
        try (SegmentFile file = SegmentFile.openForReading(first)) {
            return SegmentHeader.read(file, new SpoolSchemas()).length();
        }
    }

    /** @param damagedFrom first sequence of the segment that was damaged */
    private void checkAfterDamage(String what, long damagedFrom) throws Exception {
        TreeSet<Long> expected = new TreeSet<>(range(0, 2 * PER_SEGMENT));
        try (Spool spool = open()) {
            List<Long> read = sequences(readAll(spool.reader()));
            assertThat(read).as(what).isSorted().doesNotHaveDuplicates();
            expected.removeAll(read);
            assertThat(expected)
                    .as(what)
                    .allMatch(sequence -> sequence >= damagedFrom && sequence < damagedFrom + PER_SEGMENT);
            assertThat(monitor.corruptions.isEmpty()).as(what).isEqualTo(expected.isEmpty());
            append(spool, 1000, 1001);
            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).containsExactly(1000L);
        }
        assertThat(monitor.losses.isEmpty() || !expected.isEmpty()).as(what).isTrue();
    }

    private List<Long> readOffline(List<String> damage) throws IOException {
        List<Long> read = new ArrayList<>();
        try (SpoolReader reader = SpoolReader.open(
                spoolFolder(), (segment, offset, bytes, reason) -> damage.add(segment + " " + bytes + " " + reason))) {
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                read.add(TestEvents.check(next.get().record()));
            }
        }
        return read;
    }

    private void restore(byte[] firstBytes, byte[] secondBytes) throws IOException {
        try (var files = Files.newDirectoryStream(spoolFolder())) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.write(first, firstBytes);
        Files.write(second, secondBytes);
        monitor = new RecordingMonitor();
    }

    private int lastRecordSize() {
        return (int) RecordFlyweight.size(TestEvents.event(2 * PER_SEGMENT - 1, 20));
    }

    private static byte[] flipped(byte[] image, int offset, int bit) {
        byte[] copy = image.clone();
        copy[offset] ^= (byte) (1 << bit);
        return copy;
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private Path spoolFolder() {
        return folder.resolve("spool");
    }

    private Spool open() throws SpoolException {
        SpoolOptions options =
                SpoolOptions.of(spoolFolder()).withBatchBytes(4 << 10).withSegmentBytes(64 << 10);
        return Spool.open(options, TestEvents.SCHEMA, monitor, monitor);
    }

    private static void append(Spool spool, long from, long to) {
        for (long sequence = from; sequence < to; sequence++) {
            assertThat(spool.append(TestEvents.event(sequence, 20))).isTrue();
        }
    }
}
