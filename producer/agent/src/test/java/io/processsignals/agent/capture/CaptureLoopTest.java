// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.assemble.AgentEvents;
import io.processsignals.agent.assemble.AgentSequence;
import io.processsignals.agent.assemble.ArgumentPolicy;
import io.processsignals.agent.assemble.EventAssembler;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.ClockPair;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.agent.raw.RawHook;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.EventDecoder;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.log.LogRecord;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel does not produce; what it does is tested with the kernel. */
@Timeout(60)
class CaptureLoopTest {
    private static final long BOOT_NANOS = 200_000_000_000L;

    private final ScriptedCapture source = new ScriptedCapture();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<AgentEventSource> agentEvents = new ArrayList<>();
    private int capacity = 1000;

    @Test
    void recordsBecomeEventsInTheirOrder() throws Exception {
        source.batch(batch(exit(1), exit(2))).batch(batch(exit(3)));

        List<ProcessSignalEvent> events = play();

        assertThat(events).extracting(ProcessSignalEvent::getSequence).containsExactly(1L, 2L, 3L);
        assertThat(events).allMatch(event -> event.getEventType() == EventType.PROCESS_EXIT);
        assertThat(lost).hasValue(0);
        source.close();
    }

    @Test
    void unknownRecordIsSkippedAndCounted() throws Exception {
        RawRecord unknown = exit(2).put8(RecordHeaderFlyweight.TYPE_FIELD_OFFSET, 99);
        source.batch(batch(exit(1), unknown, exit(3)));

        List<ProcessSignalEvent> events = play();

        assertThat(events)
                .extracting(ProcessSignalEvent::getEventType)
                .containsExactly(EventType.PROCESS_EXIT, EventType.PROCESS_EXIT, EventType.EVENTS_LOST);
        LostInfo info = events.get(2).getLostInfo();
        assertThat(info.getStage()).isEqualTo(LossStage.DECODE);
        assertThat(info.getLostHook()).isEqualTo(Hook.PROCESS_EXIT);
        assertThat(info.getLostType()).isEqualTo(EventType.PROCESS_EXIT);
        assertThat(info.getCount()).isEqualTo(1);
        assertThat(info.getFirstSequence()).isEqualTo(2);
        assertThat(info.getLastSequence()).isEqualTo(2);
        assertThat(lost).hasValue(1);
    }

    @Test
    void recordOfAnotherLayoutIsSkipped() throws Exception {
        RawRecord foreign = exit(2).put16(RecordHeaderFlyweight.LAYOUT_VERSION_FIELD_OFFSET, 77);
        source.batch(batch(foreign, exit(3)));

        List<ProcessSignalEvent> events = play();

        assertThat(events.get(0).getSequence()).isEqualTo(3);
        assertThat(events.get(1).getLostInfo().getStage()).isEqualTo(LossStage.DECODE);
        assertThat(events.get(1).getLostInfo().getLostHook()).isEqualTo(Hook.UNKNOWN);
    }

    @Test
    void truncatedRecordEndsItsBatchOnly() throws Exception {
        byte[] whole = batch(exit(1), exit(2));
        byte[] cut = Arrays.copyOf(whole, whole.length - 8);
        source.batch(cut).batch(batch(exit(3)));

        List<ProcessSignalEvent> events = play();

        assertThat(events)
                .extracting(ProcessSignalEvent::getEventType)
                .containsExactly(EventType.PROCESS_EXIT, EventType.PROCESS_EXIT, EventType.EVENTS_LOST);
        assertThat(events.get(1).getSequence()).isEqualTo(3);
    }

    @Test
    void recordThatClaimsToBeHugeOrEmptyEndsItsBatchOnly() throws Exception {
        source.batch(claiming(Integer.MAX_VALUE - 7))
                .batch(claiming(0))
                .batch(claiming(-8))
                .batch(new byte[] {1, 2, 3})
                .batch(batch(exit(5)));

        List<ProcessSignalEvent> events = play();

        assertThat(events.get(0).getSequence()).isEqualTo(5);
        assertThat(lost).hasValue(4);
        assertThat(events.stream()
                        .filter(event -> event.getLostInfo() != null)
                        .mapToLong(event -> event.getLostInfo().getCount())
                        .sum())
                .isEqualTo(4);
    }

    @Test
    void whatTheRingLostIsReportedAtTheEnd() throws Exception {
        source.lost(RawHook.PROCESS_EXEC, 1, 20, 5, 1, BOOT_NANOS);
        source.batch(batch(exit(1)));

        List<ProcessSignalEvent> events = play();

        LostInfo info = events.get(1).getLostInfo();
        assertThat(info.getStage()).isEqualTo(LossStage.RING);
        assertThat(info.getCount()).isEqualTo(5);
        assertThat(info.getPriorityCount()).isEqualTo(1);
        assertThat(info.getLostCpu()).isEqualTo(1);
        assertThat(info.getLostCaptureId()).isEqualTo(ScriptedCapture.CAPTURE_ID);
        assertThat(info.getFirstSequence()).isNull();
    }

    @Test
    void fullLogMakesRoomForTheReportOfItsLosses() throws Exception {
        capacity = 3;
        source.batch(batch(exit(1), exit(2), exit(3), exit(4), exit(5)));

        List<ProcessSignalEvent> events = play();

        assertThat(events).hasSize(3);
        LostInfo info = events.get(2).getLostInfo();
        assertThat(info.getStage()).isEqualTo(LossStage.QUEUE);
        assertThat(info.getCount()).isEqualTo(2);
    }

    @Test
    void cgroupRecordsAreNoEvents() throws Exception {
        source.batch(batch(RawRecord.cgroup(7, 0, "/a"), exit(1)));

        assertThat(play())
                .singleElement()
                .satisfies(event -> assertThat(event.getSequence()).isEqualTo(1));
    }

    @Test
    void eventsOfTheAgentFollow() throws Exception {
        AtomicLong left = new AtomicLong(2);
        agentEvents.add(out -> {
            out.type = EventType.CPU_THROTTLED;
            out.hook = Hook.AGENT;
            out.keyLength = 0;
            out.valueLength = 0;
            return left.getAndDecrement() > 0;
        });
        MemoryEventLog log = run();

        assertThat(read(log))
                .extracting(LogRecord::type)
                .containsExactly(EventType.CPU_THROTTLED, EventType.CPU_THROTTLED);
    }

    @Test
    void ringThatCannotBeReadEndsTheLoop() throws Exception {
        CaptureException broken = new CaptureException("cannot read the ring buffer: errno 71");
        source.batch(batch(exit(1))).failure(broken);

        assertThat(play()).hasSize(1);
        assertThat(failure).hasValue(broken);
    }

    private static RawRecord exit(long sequence) {
        return RawRecord.exit(0)
                .header(0, sequence, BOOT_NANOS, ScriptedCapture.CAPTURE_ID)
                .process(10, 10, BOOT_NANOS - 1000, 0, "x");
    }

    private static byte[] batch(RawRecord... records) {
        ByteBuffer buffer = RawRecord.batch(records);
        byte[] bytes = new byte[buffer.limit()];
        buffer.get(0, bytes);
        return bytes;
    }

    /** One record that lies about its length. */
    private static byte[] claiming(int length) {
        byte[] record = batch(exit(1));
        ByteBuffer.wrap(record)
                .order(ByteOrder.nativeOrder())
                .putInt(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET, length);
        return record;
    }

    private List<ProcessSignalEvent> play() throws Exception {
        List<ProcessSignalEvent> events = new ArrayList<>();
        EventDecoder decoder = new EventDecoder();
        for (LogRecord record : read(run())) {
            events.add(decoder.decode(record.framedBody(), LogRecord.BODY_OFFSET, record.bodyLength()));
        }
        return events;
    }

    private MemoryEventLog run() throws InterruptedException, CaptureException {
        NodeIdentity node = new NodeIdentity(Optional.empty(), ConstantText.of("n"), ConstantText.of("b"));
        EpochClock clock = new EpochClock(
                sample -> {
                    sample[ClockPair.BOOT] = BOOT_NANOS;
                    sample[ClockPair.REAL] = 1_800_000_000_000_000_000L;
                },
                0);
        Cgroups cgroups = new Cgroups(
                new CgroupHierarchy(0, Optional.empty(), Optional.empty()), Path.of("/proc"), 10, Duration.ZERO);
        AgentSequence sequence = new AgentSequence(1);
        AgentEvents ownEvents = new AgentEvents(node, clock, cgroups, sequence);
        LossReporter losses = new LossReporter(
                (loss, out) -> encode(ownEvents, loss, out), new CountingObserver(lost), () -> BOOT_NANOS / 1000);
        MemoryEventLog log = new MemoryEventLog(capacity, losses);
        CaptureLoop loop = new CaptureLoop(
                source,
                new EventAssembler(node, clock, cgroups, sequence, ArgumentPolicy.FULL, 4096),
                log,
                losses,
                agentEvents,
                CaptureObserver.NONE,
                () -> BOOT_NANOS / 1000,
                failure::set);
        loop.start();
        source.played.await();
        loop.close();
        return log;
    }

    private static void encode(AgentEvents events, Loss loss, EncodedEvent out) {
        events.lost(
                loss.stage(),
                loss.type(),
                loss.hook(),
                loss.cpu(),
                loss.captureId(),
                loss.count(),
                loss.priorityCount(),
                loss.firstSequence(),
                loss.lastSequence(),
                loss.fromMicros(),
                loss.toMicros(),
                out);
        out.priority = true;
    }

    private static List<LogRecord> read(MemoryEventLog log) throws InterruptedException {
        List<LogRecord> records = new ArrayList<>();
        log.reader().read(records, 1000, Duration.ZERO);
        return records;
    }
}
