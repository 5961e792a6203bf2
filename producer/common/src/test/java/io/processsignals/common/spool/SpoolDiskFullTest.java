// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.event;
import static io.processsignals.common.spool.TestEvents.isPriority;
import static io.processsignals.common.spool.TestEvents.readAll;
import static io.processsignals.common.spool.TestEvents.sequences;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real file system of one megabyte that is full, then not, then read-only. */
class SpoolDiskFullTest {
    private final RecordingMonitor monitor = new RecordingMonitor();
    private final AtomicLong nanos = new AtomicLong();
    private Path ballast;
    private boolean mounted;

    @TempDir
    private Path mountPoint;

    @BeforeEach
    void mount() throws Exception {
        mounted = run("mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "spool-test", mountPoint.toString()) == 0;
        assumeTrue(mounted, "mounting a tmpfs needs root (CAP_SYS_ADMIN) and the mount command");
        ballast = Files.write(mountPoint.resolve("ballast"), new byte[400 << 10]);
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", mountPoint.toString())).isZero();
        }
    }

    @Test
    void fullDiskLosesBulkByCountAndRecovers() throws Exception {
        long sequence = 0;
        try (Spool spool = open()) {
            while (monitor.failures.isEmpty()) {
                spool.append(event(sequence++, 300));
                if (sequence % 20 == 0) {
                    spool.commit();
                }
            }
            assertThat(monitor.failures)
                    .singleElement()
                    .asString()
                    .contains("No space left")
                    .doesNotContain("\n");

            // The clock stands still, so nothing is tried again: bulk is refused, deaths stay in memory. These are more
            // than what is left of the last page.
            long full = sequence;
            for (; sequence < full + 360; sequence++) {
                assertThat(spool.append(event(sequence, 300))).isEqualTo(isPriority(sequence));
                spool.commit();
            }
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            spool.commit();
            assertThat(monitor.recoveries).hasValue(0);

            Files.delete(ballast);
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            long freed = sequence;
            for (; sequence < freed + 100; sequence++) {
                assertThat(spool.append(event(sequence, 30))).isTrue();
            }
            spool.commit();
            assertThat(monitor.recoveries).hasValue(1);
            assertThat(monitor.failures).hasSize(1);

            assertKeptInOrderOrLost(sequences(readAll(spool.reader())), sequence);
        }
        try (Spool spool = open()) {
            assertKeptInOrderOrLost(sequences(readAll(spool.reader())), sequence);
        }
        assertThat(monitor.corruptions).isEmpty();
    }

    @Test
    void deathsThatDoNotFitInMemoryAreCounted() throws Exception {
        long sequence = 0;
        try (Spool spool = open()) {
            while (monitor.losses.stream().noneMatch(RecordingMonitor.Loss::priority)) {
                spool.append(event(sequence++, 300));
                spool.commit();
            }
            assertThat(spool.append(event(sequence, 300, true))).isFalse();
            assertThat(monitor.losses.stream().filter(loss -> loss.sequence() == sequence(monitor)))
                    .hasSize(1);
            sequence++;
        }
        // Closing could not write them either, and says so.
        try (Spool spool = open()) {
            List<Long> kept = sequences(readAll(spool.reader()));
            TreeSet<Long> all = new TreeSet<>(kept);
            all.addAll(monitor.lostSequences());
            assertThat(all).hasSize((int) sequence);
            assertThat(kept).doesNotContainAnyElementsOf(monitor.lostSequences());
        }
    }

    @Test
    void freedByAcknowledgements() throws Exception {
        try (Spool spool = open()) {
            long sequence = 0;
            while (monitor.failures.isEmpty()) {
                spool.append(event(sequence++, 300));
                spool.commit();
            }
            readAll(spool.reader()).forEach(record -> spool.reader().acknowledge(record.position()));
            while (monitor.recoveries.get() == 0) {
                nanos.addAndGet(Duration.ofSeconds(1).toNanos()); // upkeep deletes what is acknowledged
                spool.append(event(sequence++, 300));
                spool.commit();
            }
            assertThat(readAll(spool.reader())).isNotEmpty();
        }
    }

    @Test
    void startsOnAFullDisk() throws Exception {
        open().close();
        try (OutputStream filler = Files.newOutputStream(ballast)) {
            while (true) {
                filler.write(new byte[512]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
        try (Spool spool = open()) {
            assertThat(spool.append(event(0, 300, true))).isTrue();
            spool.append(event(1, 300, false));
            spool.commit();
            assertThat(monitor.failures).hasSize(1);
            assertThat(monitor.lostSequences()).containsExactly(1L);

            Files.delete(ballast);
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            spool.commit();
            assertThat(sequences(readAll(spool.reader()))).containsExactly(0L);
        }
    }

    @Test
    void readOnlyFileSystemIsRefusedInOneLine() throws Exception {
        open().close();
        assertThat(run("mount", "-o", "remount,ro", mountPoint.toString())).isZero();
        assertThatThrownBy(this::open)
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("Read-only file system")
                .hasMessageContaining(mountPoint.toString())
                .hasMessageNotContaining("\n");
    }

    private static long sequence(RecordingMonitor monitor) {
        return monitor.losses.stream()
                .mapToLong(RecordingMonitor.Loss::sequence)
                .max()
                .orElseThrow();
    }

    private void assertKeptInOrderOrLost(List<Long> kept, long count) {
        assertThat(kept).isSorted().doesNotHaveDuplicates();
        List<Long> lost = monitor.lostSequences();
        assertThat(lost).isNotEmpty().doesNotHaveDuplicates().noneMatch(TestEvents::isPriority);
        assertThat(kept).doesNotContainAnyElementsOf(lost);
        TreeSet<Long> all = new TreeSet<>(kept);
        all.addAll(lost);
        assertThat(all)
                .isEqualTo(new TreeSet<>(LongStream.range(0, count).boxed().toList()));
    }

    private Spool open() throws SpoolException {
        SpoolOptions options = SpoolOptions.of(mountPoint.resolve("spool"))
                .withBatchBytes(16 << 10)
                .withSegmentBytes(64 << 10)
                .withCheckpointInterval(Duration.ofMillis(5));
        return Spool.open(options, TestEvents.SCHEMA, monitor, monitor, nanos::get);
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
