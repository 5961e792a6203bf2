// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.ProcessSignalEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;

/** A node with known identity, clock and cgroups, and events decoded by Avro's own reader. */
final class Fixture {
    static final String CID = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa00112233445566778899";
    static final String POD = "7d1c2b3a-0f1e-4d2c-8b3a-9f8e7d6c5b4a";
    static final String POD_PATH = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"
            + POD.replace('-', '_') + ".slice/cri-containerd-" + CID + ".scope";
    static final long POD_CGROUP = 4711;
    static final long ROOT_CGROUP = 1;
    static final long UNKNOWN_CGROUP = 99;
    static final int PAGE_SIZE = 4096;

    /** Wall clock minus boot clock, nanoseconds. */
    static final long OFFSET = 1_700_000_000_000_000_001L;

    static final long AGENT_CAPTURE = 77;

    long bootNs = 50_000_000_000L;

    final ClockPair clocks = sample -> {
        sample[ClockPair.BOOT] = bootNs;
        sample[ClockPair.REAL] = bootNs + OFFSET;
    };
    final NodeIdentity node = new NodeIdentity(
            Optional.of(ConstantText.of("prod")), ConstantText.of("node-1"), ConstantText.of("boot-1"));
    final EpochClock clock = new EpochClock(clocks, Duration.ofSeconds(1).toNanos());
    final Cgroups cgroups = new Cgroups(
            new CgroupHierarchy(4, Optional.empty(), Optional.of("not mounted")),
            Path.of("/proc"),
            1000,
            Duration.ofMinutes(1));
    final AgentSequence sequence = new AgentSequence(AGENT_CAPTURE);
    final EncodedEvent out = new EncodedEvent();

    EventAssembler assembler(ArgumentPolicy policy) {
        EventAssembler assembler = new EventAssembler(node, clock, cgroups, sequence, policy, PAGE_SIZE);
        teach(assembler, RawRecord.cgroup(POD_CGROUP, 4, POD_PATH));
        teach(assembler, RawRecord.cgroup(ROOT_CGROUP, 4, "/"));
        return assembler;
    }

    private void teach(EventAssembler assembler, RawRecord cgroup) {
        try {
            assertThat(assembler.assemble(cgroup.toBuffer(), 0, out)).isFalse();
        } catch (MalformedRecordException e) {
            throw new AssertionError(e);
        }
    }

    ProcessSignalEvent event(EventAssembler assembler, RawRecord record) throws MalformedRecordException {
        assertThat(assembler.assemble(record.toBuffer(), 0, out)).isTrue();
        return decode();
    }

    /** What {@link #out} holds. */
    ProcessSignalEvent decode() {
        try {
            BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(out.value, 0, out.valueLength, null);
            ProcessSignalEvent event = new SpecificDatumReader<>(ProcessSignalEvent.class).read(null, decoder);
            assertThat(decoder.isEnd()).isTrue();
            return event;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String key() {
        return new String(out.key, 0, out.keyLength, StandardCharsets.UTF_8);
    }
}
