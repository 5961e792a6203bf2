// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.RawOrigin;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The capture path must not feed the garbage collector; measured as bytes, not as time. */
class EventAssemblerAllocationTest {
    private static final int ROUNDS = 20_000;

    private final Fixture fixture = new Fixture();
    private final EventAssembler assembler = fixture.assembler(ArgumentPolicy.REDACTED);
    private final RecordHeaderFlyweight header = new RecordHeaderFlyweight();

    @Test
    void assemblingAllocatesNothingOnceBuffersHaveGrown() throws MalformedRecordException {
        ByteBuffer batch = RawRecord.batch(
                RawRecord.exit(0).process(1, 1, 1, Fixture.POD_CGROUP, "a"),
                RawRecord.exit(9)
                        .process(2, 2, 2, Fixture.POD_CGROUP, "\u00e9\u00ff")
                        .cause(9, 0, RecordFlags.SENDER, RawOrigin.USER, 1)
                        .causeSender(3, 3, Fixture.ROOT_CGROUP, "runc"),
                RawRecord.signalSent(15, 0)
                        .process(4, 4, 4, Fixture.UNKNOWN_CGROUP, "b")
                        .sender(RecordFlags.SENDER, 5, 5, Fixture.POD_CGROUP, "c"),
                RawRecord.signalSent(11, 12345).process(6, 6, 6, 0, "d"),
                RawRecord.signalDelivered(15, 0).process(4, 4, 4, Fixture.POD_CGROUP, "b"),
                RawRecord.oomKill().flags(RecordFlags.OOM_DECISION).process(7, 7, 7, Fixture.POD_CGROUP, "e"),
                RawRecord.exec("/bin/mysql".getBytes(UTF_8), "mysql\0-px\0--token\0y\0plain\0".getBytes(UTF_8))
                        .process(8, 8, 8, Fixture.POD_CGROUP, "f"));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        assembleAll(batch, ROUNDS); // buffers grow, classes load, code is compiled

        long before = threads.getThreadAllocatedBytes(thread);
        int events = assembleAll(batch, ROUNDS);
        long allocated = threads.getThreadAllocatedBytes(thread) - before;

        assertThat(events).isEqualTo(7 * ROUNDS);
        assertThat(allocated).as("bytes for %d events", events).isLessThan(events / 100);
    }

    private int assembleAll(ByteBuffer batch, int rounds) throws MalformedRecordException {
        int events = 0;
        for (int i = 0; i < rounds; i++) {
            int offset = 0;
            while (offset < batch.limit()) {
                if (assembler.assemble(batch, offset, fixture.out)) {
                    events++;
                }
                offset += header.wrap(batch, offset).length();
            }
        }
        return events;
    }
}
