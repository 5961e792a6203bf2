// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.event;
import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.LogRecord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations, checked against sets of sequences. */
class SpoolModelTest {
    private static final int STEPS = 400;

    private final RecordingMonitor monitor = new RecordingMonitor();

    /* Sequences: appended but not committed, committed and not acknowledged, acknowledged. */
    private final List<Long> staged = new ArrayList<>();
    private final TreeSet<Long> pending = new TreeSet<>();
    private final TreeSet<Long> acknowledged = new TreeSet<>();

    /** Those of the acknowledged that may come back after a restart, and were not acknowledged again. */
    private final TreeSet<Long> again = new TreeSet<>();

    /** What was read and may be acknowledged. */
    private final TreeMap<Long, Long> inFlight = new TreeMap<>();

    private long nextSequence;
    private long lastRead = -1;
    private int folders;
    private boolean crashed;
    private Spool spool;

    @TempDir(factory = MemoryFolder.class)
    private Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void behavesLikeTheModel(long seed) throws Exception {
        Random random = new Random(seed);
        open();
        try {
            for (int step = 0; step < STEPS; step++) {
                int dice = random.nextInt(100);
                if (dice < 35) {
                    append(random);
                } else if (dice < 50) {
                    commit();
                } else if (dice < 70) {
                    read(1 + random.nextInt(150));
                } else if (dice < 90) {
                    acknowledge(random);
                } else if (dice < 94) {
                    spool.reader().rewind();
                    lastRead = -1;
                } else if (dice < 97) {
                    close();
                    open();
                } else {
                    crash();
                }
                if (!pending.isEmpty()) {
                    assertThat(spool.bytes()).isPositive();
                }
            }
            commit();
            spool.reader().rewind();
            assertThat(new TreeSet<>(sequences(readAll(spool.reader())))).containsAll(pending);
        } finally {
            spool.close();
        }
        assertThat(monitor.losses).isEmpty();
        assertThat(monitor.corruptions).isEmpty();
        assertThat(monitor.upkeepFailures).isEmpty();
    }

    private void append(Random random) {
        int count = random.nextInt(120);
        for (int i = 0; i < count; i++) {
            assertThat(spool.append(event(nextSequence, 8 + random.nextInt(300))))
                    .isTrue();
            staged.add(nextSequence++);
        }
    }

    private void commit() {
        spool.commit();
        pending.addAll(staged);
        staged.clear();
    }

    private void read(int count) throws InterruptedException {
        List<LogRecord> records = new ArrayList<>();
        spool.reader().read(records, count, Duration.ZERO);
        for (LogRecord record : records) {
            long sequence = TestEvents.check(record);
            assertThat(sequence).isGreaterThan(lastRead);
            // Nothing that is due is left out; what a restart brings back again, and what a full buffer wrote before
            // the commit, may be there too.
            assertThat(pending.subSet(lastRead + 1, sequence)).isEmpty();
            assertThat(pending.contains(sequence) || acknowledged.contains(sequence) || staged.contains(sequence))
                    .isTrue();
            lastRead = sequence;
            inFlight.put(sequence, record.position());
        }
        if (records.size() < count && records.isEmpty()) {
            assertThat(pending.tailSet(lastRead + 1)).isEmpty();
        }
    }

    private void acknowledge(Random random) {
        List<Long> candidates = new ArrayList<>(inFlight.keySet());
        // Mostly from the front, as Kafka does.
        int count = Math.min(candidates.size(), random.nextInt(200));
        for (int i = 0; i < count; i++) {
            long sequence = candidates.get(random.nextInt(10) == 0 ? random.nextInt(candidates.size()) : i);
            Long position = inFlight.remove(sequence);
            if (position != null) {
                spool.reader().acknowledge(position);
                pending.remove(sequence);
                staged.remove(sequence);
                acknowledged.add(sequence);
                again.remove(sequence);
            }
        }
    }

    private void close() {
        spool.close();
        pending.addAll(staged);
        staged.clear();
        restarted();
        if (!crashed) {
            // After a clean end, nothing comes back from before the first that is not acknowledged.
            long first = Math.min(
                    pending.isEmpty() ? nextSequence : pending.first(), again.isEmpty() ? nextSequence : again.first());
            acknowledged.headSet(first).clear();
        }
        again.clear();
        again.addAll(acknowledged);
    }

    /** Goes on with a copy of the files as they are: what a killed process leaves. */
    private void crash() throws IOException {
        Path from = currentFolder();
        folders++;
        Path to = currentFolder();
        Files.createDirectory(to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        // The checkpoint first: an older one with newer segments is what a crash may leave, the other way round is not.
        copy(from.resolve("checkpoint"), to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from, "*.seg")) {
            for (Path file : files) {
                copy(file, to);
            }
        }
        spool.close();
        // A batch that outgrew the buffer was partly written before its commit.
        staged.forEach(acknowledged::add);
        staged.clear();
        crashed = true;
        restarted();
        open();
    }

    private static void copy(Path file, Path to) throws IOException {
        try {
            Files.copy(file, to.resolve(file.getFileName()));
        } catch (NoSuchFileException e) {
            // acknowledged and deleted, or never written
        }
    }

    private void restarted() {
        inFlight.clear();
        lastRead = -1;
    }

    private void open() throws SpoolException {
        SpoolOptions options = SpoolOptions.of(currentFolder())
                .withBatchBytes(16 << 10)
                .withSegmentBytes(64 << 10)
                .withCheckpointInterval(Duration.ofMillis(1))
                .withSyncInterval(Duration.ofMillis(50));
        spool = Spool.open(options, TestEvents.SCHEMA, monitor, monitor);
    }

    private Path currentFolder() {
        return folder.resolve("spool" + folders);
    }
}
