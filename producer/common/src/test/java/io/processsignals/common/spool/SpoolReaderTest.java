// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.append;
import static io.processsignals.common.spool.TestEvents.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.common.log.EncodedEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading a spool's files without an agent, and beside one. */
class SpoolReaderTest {
    private final RecordingMonitor monitor = new RecordingMonitor();
    private final List<String> damage = new ArrayList<>();

    @TempDir
    private Path folder;

    @Test
    void recordsComeWithTheirIdentity() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 50);
            spool.commit();
            readAll(spool.reader()).subList(0, 20).forEach(r -> spool.reader().acknowledge(r.position()));
        }
        List<SpooledRecord> records = readOffline();
        assertThat(records).hasSize(50);
        for (int i = 0; i < 50; i++) {
            SpooledRecord record = records.get(i);
            EncodedEvent event = TestEvents.event(i);
            assertThat(TestEvents.check(record.record())).isEqualTo(i);
            assertThat(record.priority()).isEqualTo(event.priority);
            assertThat(record.hook()).isEqualTo(event.hook);
            assertThat(record.cpu()).isEqualTo(event.cpu);
            assertThat(record.captureId()).isEqualTo(event.captureId);
            assertThat(record.sequence()).isEqualTo(i);
            assertThat(record.bootTimeMicros()).isEqualTo(event.bootTimeMicros);
            assertThat(record.acknowledged()).isEqualTo(i < 20);
        }
        assertThat(damage).isEmpty();
    }

    @Test
    void changesNothing() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 50);
        }
        Path segment = spoolFolder().resolve("0000000001.seg");
        byte[] torn = Arrays.copyOf(Files.readAllBytes(segment), (int) Files.size(segment) - 1);
        Files.write(segment, torn);
        assertThat(sequences(readOffline())).isEqualTo(range(0, 49));
        assertThat(Files.readAllBytes(segment)).isEqualTo(torn);
        try (Stream<Path> files = Files.list(spoolFolder())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("0000000001.seg", "checkpoint", "lock");
        }
    }

    @Test
    void followsARunningAgent() throws Exception {
        try (Spool spool = open();
                SpoolReader reader = reader()) {
            assertThat(reader.next()).isEmpty();
            long sequence = 0;
            for (int batch = 0; batch < 200; batch++) {
                append(spool, sequence, sequence + 17);
                spool.commit();
                for (int i = 0; i < 17; i++) {
                    assertThat(reader.next().orElseThrow().sequence()).isEqualTo(sequence++);
                }
                assertThat(reader.next()).isEmpty();
            }
            assertThat(segments()).hasSizeGreaterThan(3);
        }
        assertThat(damage).isEmpty();
    }

    @Test
    void goesOnWhereAHalfWrittenBatchIsCompleted() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 10);
        }
        Path segment = spoolFolder().resolve("0000000001.seg");
        byte[] image = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(image, 0));
        try (SpoolReader reader = reader();
                RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            List<Long> read = new ArrayList<>();
            for (byte value : image) {
                file.write(value);
                for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                    read.add(next.get().sequence());
                }
            }
            assertThat(read).isEqualTo(range(0, 10));
        }
        assertThat(damage).isEmpty();
    }

    @Test
    void segmentsThatGoWhileReadingAreNoDamage() throws Exception {
        try (Spool spool = open();
                SpoolReader reader = reader()) {
            append(spool, 0, 5_000);
            spool.commit();
            assertThat(reader.next()).isPresent();
            readAll(spool.reader()).forEach(record -> spool.reader().acknowledge(record.position()));
            append(spool, 5_000, 5_001);
            spool.commit();
            while (segments().size() > 1) {
                Thread.sleep(1);
            }
            List<Long> rest = new ArrayList<>();
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                rest.add(next.get().sequence());
            }
            assertThat(rest).isSorted().endsWith(5_000L);
        }
        assertThat(damage).isEmpty();
    }

    @Test
    void linksAreNotFollowed() throws Exception {
        try (Spool spool = open()) {
            append(spool, 0, 10);
        }
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(spoolFolder().resolve("0000000001.seg"), elsewhere);
        Files.createSymbolicLink(spoolFolder().resolve("0000000001.seg"), elsewhere);
        for (int start = 0; start < 2; start++) {
            try (Spool other =
                    Spool.open(SpoolOptions.of(folder.resolve("other")), TestEvents.SCHEMA, monitor, monitor)) {
                append(other, start, start + 1);
            }
        }
        Files.move(folder.resolve("other/0000000002.seg"), spoolFolder().resolve("0000000002.seg"));
        assertThat(readOffline()).hasSize(1);
        assertThat(damage).singleElement().asString().contains("link");
    }

    @Test
    void missingFolderIsSaidInOneLine() {
        assertThatThrownBy(() -> SpoolReader.open(folder.resolve("nowhere"), (s, o, b, r) -> {}))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("nowhere")
                .hasMessageNotContaining("\n");
    }

    private List<SpooledRecord> readOffline() throws IOException {
        List<SpooledRecord> records = new ArrayList<>();
        try (SpoolReader reader = reader()) {
            for (Optional<SpooledRecord> next = reader.next(); next.isPresent(); next = reader.next()) {
                records.add(next.get());
            }
        }
        return records;
    }

    private SpoolReader reader() throws SpoolException {
        return SpoolReader.open(spoolFolder(), (s, offset, bytes, reason) -> damage.add(s + ": " + reason));
    }

    private static List<Long> sequences(List<SpooledRecord> records) {
        return records.stream().map(SpooledRecord::sequence).toList();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(spoolFolder())) {
            return files.filter(file -> file.toString().endsWith(".seg")).toList();
        }
    }

    private Path spoolFolder() {
        return folder.resolve("spool");
    }

    private Spool open() throws SpoolException {
        SpoolOptions options =
                SpoolOptions.of(spoolFolder()).withBatchBytes(16 << 10).withSegmentBytes(64 << 10);
        return Spool.open(options, TestEvents.SCHEMA, monitor, monitor);
    }
}
