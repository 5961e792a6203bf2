// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static io.processsignals.common.spool.TestEvents.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Capture, publish, acknowledging and upkeep threads at once. */
class SpoolConcurrencyTest {
    private static final int COUNT = 150_000;

    private final RecordingMonitor monitor = new RecordingMonitor();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);

    @TempDir
    private Path folder;

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void everythingIsReadOnceAndInOrder() throws Exception {
        SpoolOptions options = options().withMaxBytes(1 << 30);
        try (Spool spool = Spool.open(options, TestEvents.SCHEMA, monitor, monitor)) {
            Future<?> capture = threads.submit(() -> capture(spool));
            BitSet read = readAndAcknowledge(spool, capture, 0);
            assertThat(read.cardinality()).isEqualTo(COUNT);
            assertThat(spool.bytes()).isZero();
        }
        try (Stream<Path> files = Files.list(options.directory())) {
            assertThat(files.filter(file -> file.toString().endsWith(".seg"))).isEmpty();
        }
        assertThat(monitor.losses).isEmpty();
        assertNothingFailed();
    }

    @Test
    void withLittleRoomEachEventIsReadOrReported() throws Exception {
        SpoolOptions options = options().withMaxBytes(1 << 20);
        BitSet read;
        try (Spool spool = Spool.open(options, TestEvents.SCHEMA, monitor, monitor)) {
            Future<?> capture = threads.submit(() -> capture(spool));
            read = readAndAcknowledge(spool, capture, 2);
            assertThat(spool.bytes()).isZero();
        }
        BitSet lost = new BitSet();
        for (RecordingMonitor.Loss loss : monitor.losses) {
            assertThat(lost.get((int) loss.sequence())).isFalse();
            lost.set((int) loss.sequence());
        }
        assertThat(lost.intersects(read)).isFalse();
        lost.or(read);
        assertThat(lost.cardinality()).isEqualTo(COUNT);
        assertNothingFailed();
    }

    private void assertNothingFailed() {
        assertThat(monitor.corruptions).isEmpty();
        assertThat(monitor.failures).isEmpty();
        assertThat(monitor.upkeepFailures).isEmpty();
    }

    private static void capture(Spool spool) {
        Random random = new Random(1);
        EncodedEvent event = event(0);
        int batch = 0;
        for (int sequence = 0; sequence < COUNT; sequence++) {
            TestEvents.fill(event, sequence, 8 + random.nextInt(200), TestEvents.isPriority(sequence));
            spool.append(event);
            if (batch-- == 0) {
                spool.commit();
                batch = random.nextInt(200);
            }
        }
        spool.commit();
    }

    /** Reads with a rewind now and then; acknowledges from two other threads, in no order. Returns what was read. */
    private BitSet readAndAcknowledge(Spool spool, Future<?> capture, int pauseMillis) throws Exception {
        Random random = new Random(2);
        BitSet seen = new BitSet();
        List<Future<?>> acknowledgements = new ArrayList<>();
        List<LogRecord> batch = new ArrayList<>();
        boolean rewound = false;
        long last = -1;
        boolean captured = false;
        while (true) {
            int count = spool.reader().read(batch, 1 + random.nextInt(2000), Duration.ofMillis(20));
            if (count == 0) {
                if (captured) {
                    break;
                }
                captured = capture.isDone();
                continue;
            }
            for (LogRecord record : batch) {
                long sequence = TestEvents.sequence(record);
                assertThat(sequence).isGreaterThan(last);
                last = sequence;
                assertThat(seen.get((int) sequence) && !rewound).isFalse();
                seen.set((int) sequence);
            }
            if (random.nextInt(50) == 0) {
                spool.reader().rewind();
                rewound = true;
                last = -1;
                continue; // not acknowledged: to be read again
            }
            List<LogRecord> mine = new ArrayList<>(batch);
            Collections.shuffle(mine, random);
            List<LogRecord> half = mine.subList(0, mine.size() / 2);
            List<LogRecord> other = mine.subList(mine.size() / 2, mine.size());
            acknowledgements.add(threads.submit(() -> acknowledge(spool, half)));
            acknowledgements.add(threads.submit(() -> acknowledge(spool, other)));
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
        }
        capture.get();
        for (Future<?> acknowledgement : acknowledgements) {
            acknowledgement.get();
        }
        return seen;
    }

    private static void acknowledge(Spool spool, List<LogRecord> records) {
        records.forEach(record -> spool.reader().acknowledge(record.position()));
    }

    private SpoolOptions options() throws IOException {
        return SpoolOptions.of(folder.resolve("spool"))
                .withBatchBytes(32 << 10)
                .withSegmentBytes(128 << 10)
                .withCheckpointInterval(Duration.ofMillis(2))
                .withSyncInterval(Duration.ofMillis(10));
    }
}
