// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.processsignals.agent.assemble.AgentSequence;
import io.processsignals.agent.assemble.ArgumentPolicy;
import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.log.FailingMonitor;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.agent.raw.RawOrigin;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolOptions;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way from the ring to the spool must not feed the garbage collector; measured as bytes, not as time. */
@Timeout(120)
class CaptureAllocationTest {
    private static final long POD = 4711;
    private static final int BATCHES = 1_500;
    private static final int COPIES = 10;

    @TempDir
    Path folder;

    @Test
    void nothingIsAllocatedForAnEventFromPollToSpool() throws Exception {
        NodeIdentity node = new NodeIdentity(
                Optional.of(ConstantText.of("c")), ConstantText.of("node-1"), ConstantText.of("boot-1"));
        EpochClock clock =
                new EpochClock(sample -> sample[ClockPair.REAL] = 1_800_000_000_000_000_000L, Long.MAX_VALUE);
        Cgroups cgroups = new Cgroups(
                new CgroupHierarchy(4, Optional.empty(), Optional.empty()), Path.of("/proc"), 10, Duration.ZERO);
        EventAssembler assembler =
                new EventAssembler(node, clock, cgroups, new AgentSequence(1), ArgumentPolicy.REDACTED, 4096);
        AgentMetrics metrics = new AgentMetrics(SignalMask.FATAL);
        LossReporter losses = new LossReporter(
                (loss, out) -> {
                    throw new AssertionError("lost " + loss);
                },
                metrics,
                () -> 1);
        Storm storm = new Storm();

        try (Spool spool = Spool.open(
                SpoolOptions.of(folder.resolve("spool")), EventSchema.schema(), losses, new FailingMonitor())) {
            CaptureLoop loop = new CaptureLoop(
                    storm, assembler, spool, losses, List.of(), metrics, () -> 1, failure -> storm.played.countDown());
            loop.start();
            storm.played.await();
            loop.close();

            assertThat(spool.bytes()).isGreaterThan((long) storm.events() * 200);
        }
        // A new segment costs some objects, so does the report once a second; an event none.
        assertThat(storm.allocated)
                .as("bytes for %d events", storm.events() / 2)
                .isBetween(0L, storm.events() / 2L);
    }

    /** Every kind of record, twice as many batches as are measured. */
    private static final class Storm implements CaptureSource {
        final CountDownLatch played = new CountDownLatch(1);
        volatile long allocated = -1;

        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final ByteBuffer batch = RawRecord.batch(records());
        private int batches;
        private long before;

        private static RawRecord[] records() {
            RawRecord[] records = new RawRecord[6 * COPIES];
            for (int i = 0; i < records.length; i += 6) {
                records[i] = RawRecord.exit(0).process(1, 1, 1, POD, "a");
                records[i + 1] = RawRecord.exit(9)
                        .process(2, 2, 2, POD, "\u00e9\u00ff")
                        .cause(9, 0, RecordFlags.SENDER, RawOrigin.USER, 1)
                        .causeSender(3, 3, POD, "runc");
                records[i + 2] =
                        RawRecord.signalSent(15, 0).process(4, 4, 4, POD, "b").sender(RecordFlags.SENDER, 5, 5, 7, "c");
                records[i + 3] = RawRecord.signalDelivered(15, 0).process(4, 4, 4, POD, "b");
                records[i + 4] = RawRecord.oomKill().process(7, 7, 7, POD, "e");
                records[i + 5] = RawRecord.exec("/bin/mysql".getBytes(UTF_8), "mysql\0-px\0plain\0".getBytes(UTF_8))
                        .process(8, 8, 8, POD, "f");
            }
            return records;
        }

        int events() {
            return 2 * BATCHES * 6 * COPIES;
        }

        @Override
        public int poll(ByteBuffer buffer, int timeoutMillis, int silenceMillis) {
            if (batches == BATCHES) {
                before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            }
            if (batches == 2 * BATCHES) {
                allocated =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
                batches++;
                played.countDown();
            }
            if (batches > 2 * BATCHES) {
                return 0;
            }
            batches++;
            if (batches == 1) {
                ByteBuffer cgroup = RawRecord.cgroup(POD, 4, "/kubepods/pod1/c").toBuffer();
                buffer.put(0, cgroup, 0, cgroup.limit());
                return cgroup.limit();
            }
            buffer.put(0, batch, 0, batch.limit());
            return batch.limit();
        }

        @Override
        public void release() {
            // Every poll is the next batch.
        }

        @Override
        public void readCounters(HookCounters counters) {
            // Nothing was lost.
        }

        @Override
        public List<HookStatus> hooks() {
            return List.of();
        }

        @Override
        public long captureId() {
            return 1;
        }

        @Override
        public int cpus() {
            return 1;
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
