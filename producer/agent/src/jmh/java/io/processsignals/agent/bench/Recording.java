// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.assemble.AgentSequence;
import io.processsignals.agent.assemble.ArgumentPolicy;
import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.CaptureOptions;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.config.PageSize;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.raw.CgroupRecordFlyweight;
import io.processsignals.agent.raw.ExitRecordFlyweight;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.ProcessFlyweight;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.raw.RecordType;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.signal.SignalMask;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Raw records as this machine's kernel wrote them for every kind of event, in a container of a pod: of one shell that
 * starts programs, kills one of them and lets another run out of memory.
 */
public final class Recording {
    /** Kinds of events that the kernel reports. */
    public enum Kind {
        EXEC,
        EXIT,
        EXIT_KILLED,
        SIGNAL_SENT,
        SIGNAL_DELIVERED,
        OOM_KILL,
        RUNNING
    }

    private static final Path PROC = Path.of("/proc");
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String STORY =
            "/bin/true; sleep 100 & sleep 0.2; kill -9 $!; wait; tail /dev/zero; sh -c 'exit 3'; :";
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int MAX_CGROUPS = 16_384;

    private final ByteBuffer records;

    private Recording(ByteBuffer records) {
        this.records = records;
    }

    /** Records and writes what was recorded to the file. Needs root. */
    public static void main(String[] args) throws Exception {
        Path file = Path.of(args[0]);
        ByteBuffer recorded = ByteBuffer.allocate(2 * BUFFER_BYTES);
        CgroupHierarchy hierarchy = CgroupHierarchy.detect(PROC, CGROUPS);
        Path mount = hierarchy.mount().orElseThrow(() -> new IOException("no memory cgroups below " + CGROUPS));
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.nativeOrder());
        try (NativeCapture capture = NativeCapture.open(
                new CaptureOptions(BUFFER_BYTES, SignalMask.FATAL, CaptureOptions.EXEC_ARGS_LIMIT, true))) {
            capture.attach();
            try (Pod pod = new Pod(mount)) {
                pod.run(STORY);
            }
            for (int bytes = capture.poll(buffer, 0); bytes > 0; bytes = capture.poll(buffer, 0)) {
                recorded.put(buffer.slice(0, bytes));
                capture.release();
            }
            recorded.put(buffer.slice(0, capture.readRunning(buffer)));
        }
        recorded.flip();
        byte[] bytes = new byte[recorded.remaining()];
        recorded.get(bytes);
        Files.write(file, bytes);
        read(file).offsets(); // fails if a kind is missing
    }

    /** What {@link #main} wrote. */
    static Recording read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return new Recording(ByteBuffer.allocateDirect(bytes.length)
                .order(ByteOrder.nativeOrder())
                .put(bytes)
                .flip());
    }

    /** All records, one behind the other, direct and in native order. */
    ByteBuffer records() {
        return records;
    }

    /** Where the record of each kind begins. */
    Map<Kind, Integer> offsets() {
        RecordHeaderFlyweight header = new RecordHeaderFlyweight();
        Map<Kind, Integer> offsets = new EnumMap<>(Kind.class);
        long container = container(header);
        ProcessFlyweight process = new ProcessFlyweight();
        for (int at = 0; at < records.limit(); at += header.wrap(records, at).length()) {
            header.wrap(records, at);
            process.wrap(record(at), RecordHeaderFlyweight.HEADER_LENGTH);
            Kind kind = kind(header, at);
            if (kind != null && (process.cgroupId() == container || kind == Kind.RUNNING)) {
                offsets.putIfAbsent(kind, at);
            }
        }
        for (Kind kind : Kind.values()) {
            if (!offsets.containsKey(kind)) {
                throw new IllegalStateException("the kernel reported no " + kind + ", only " + offsets.keySet());
            }
        }
        return offsets;
    }

    /** Offsets of all events that the kernel reported through its ring, in its order. */
    List<Integer> events() {
        RecordHeaderFlyweight header = new RecordHeaderFlyweight();
        List<Integer> offsets = new ArrayList<>();
        for (int at = 0; at < records.limit(); at += header.wrap(records, at).length()) {
            int type = header.wrap(records, at).type();
            if (type != RecordType.CGROUP && type != RecordType.RUNNING) {
                offsets.add(at);
            }
        }
        return offsets;
    }

    /** An assembler that knows the cgroups of this node and those of the recording. */
    EventAssembler assembler() throws IOException, MalformedRecordException {
        Cgroups cgroups = new Cgroups(CgroupHierarchy.detect(PROC, CGROUPS), PROC, MAX_CGROUPS, Duration.ofDays(365));
        cgroups.scan();
        EpochClock clock = new EpochClock(Recording::readClocks, TimeUnit.SECONDS.toNanos(1));
        NodeIdentity node = new NodeIdentity(
                Optional.of(ConstantText.of("production")),
                ConstantText.of("ip-10-0-17-42.eu-central-1.compute.internal"),
                ConstantText.of("7d1c2b3a-0f1e-4d2c-8b3a-9f8e7d6c5b4a"));
        EventAssembler assembler = new EventAssembler(
                node, clock, cgroups, new AgentSequence(1), ArgumentPolicy.REDACTED, Math.toIntExact(PageSize.bytes()));
        RecordHeaderFlyweight header = new RecordHeaderFlyweight();
        EncodedEvent out = new EncodedEvent();
        for (int at = 0; at < records.limit(); at += header.wrap(records, at).length()) {
            if (header.wrap(records, at).type() == RecordType.CGROUP && !header.has(RecordFlags.CGROUP_REMOVED)) {
                assembler.assemble(records, at, out);
            }
        }
        return assembler;
    }

    private byte[] record(int at) {
        byte[] record = new byte[new RecordHeaderFlyweight().wrap(records, at).length()];
        records.get(at, record);
        return record;
    }

    private static void readClocks(long[] bootAndReal) {
        try {
            NativeCapture.readClocks(bootAndReal);
        } catch (CaptureException e) {
            throw new IllegalStateException(e);
        }
    }

    private long container(RecordHeaderFlyweight header) {
        CgroupRecordFlyweight cgroup = new CgroupRecordFlyweight();
        long container = 0;
        for (int at = 0; at < records.limit(); at += header.wrap(records, at).length()) {
            if (header.wrap(records, at).type() == RecordType.CGROUP) {
                cgroup.wrap(record(at), 0);
                String path = new String(cgroup.array(), cgroup.pathOffset(), cgroup.pathLen(), StandardCharsets.UTF_8);
                container = path.endsWith(".scope") ? cgroup.cgroupId() : container;
            }
        }
        return container;
    }

    private boolean clean(int exit) {
        return new ExitRecordFlyweight().wrap(record(exit), 0).waitStatus() == 0;
    }

    private Kind kind(RecordHeaderFlyweight header, int at) {
        return switch (header.type()) {
            case RecordType.EXEC -> Kind.EXEC;
            case RecordType.EXIT -> header.has(RecordFlags.CAUSE) ? Kind.EXIT_KILLED : clean(at) ? Kind.EXIT : null;
            case RecordType.SIGNAL_SENT -> header.has(RecordFlags.SENDER) ? Kind.SIGNAL_SENT : null;
            case RecordType.SIGNAL_DELIVERED -> Kind.SIGNAL_DELIVERED;
            case RecordType.OOM_KILL -> Kind.OOM_KILL;
            case RecordType.RUNNING -> Kind.RUNNING;
            default -> null;
        };
    }
}
