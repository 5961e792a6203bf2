// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.agent.raw.CauseFlyweight;
import io.processsignals.agent.raw.CgroupRecordFlyweight;
import io.processsignals.agent.raw.ExecRecordFlyweight;
import io.processsignals.agent.raw.ExitRecordFlyweight;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.OomRecordFlyweight;
import io.processsignals.agent.raw.ProcessFlyweight;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.raw.RecordType;
import io.processsignals.agent.raw.RecordValidator;
import io.processsignals.agent.raw.RunningRecordFlyweight;
import io.processsignals.agent.raw.SignalRecordFlyweight;
import io.processsignals.common.codec.EventEncoder;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.signal.ExitStatus;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import java.nio.ByteBuffer;

/**
 * Makes an encoded event of a raw record: reads it where the validator has put it, adds what is known of node, time and
 * container, encodes it. Cgroup records are taken in and make no event. Allocates nothing in steady state. Capture
 * thread only.
 */
public final class EventAssembler {
    private final EpochClock clock;
    private final Cgroups cgroups;
    private final AgentSequence agentSequence;
    private final EventFrame frame;
    private final ExecArguments execArguments;
    private final int pageSize;

    private final RecordValidator validator = new RecordValidator();
    private final RecordHeaderFlyweight header = new RecordHeaderFlyweight();
    private final RawProcess process = new RawProcess();
    private final RawProcess other = new RawProcess();
    private final ExecRecordFlyweight exec = new ExecRecordFlyweight();
    private final ExitRecordFlyweight exit = new ExitRecordFlyweight();
    private final CauseFlyweight cause = new CauseFlyweight();
    private final SignalRecordFlyweight signal = new SignalRecordFlyweight();
    private final OomRecordFlyweight oom = new OomRecordFlyweight();
    private final CgroupRecordFlyweight cgroup = new CgroupRecordFlyweight();
    private final RunningRecordFlyweight running = new RunningRecordFlyweight();

    private final MutableEvent event = new MutableEvent();
    private final KnownRuns runs = new KnownRuns();
    private final EventEncoder encoder = new EventEncoder();

    /**
     * @param cgroups also taught by this
     * @param agentSequence numbers PROCESS_RUNNING events, which no hook numbers
     * @param argumentPolicy what becomes of the arguments of an exec
     * @param pageSize of the kernel, bytes
     */
    public EventAssembler(
            NodeIdentity node,
            EpochClock clock,
            Cgroups cgroups,
            AgentSequence agentSequence,
            ArgumentPolicy argumentPolicy,
            int pageSize) {
        this.clock = clock;
        this.cgroups = cgroups;
        this.agentSequence = agentSequence;
        this.frame = new EventFrame(node, clock, cgroups);
        this.execArguments = new ExecArguments(argumentPolicy);
        this.pageSize = pageSize;
    }

    /**
     * Fills {@code out} from the raw record at {@code offset}.
     *
     * @param batch raw records up to its limit, in native byte order
     * @param offset where the record begins; the next one begins as many bytes further on as its header says
     * @return false if the record is no event (cgroup bookkeeping) and {@code out} is unchanged
     * @throws MalformedRecordException if it cannot be read: one event is lost in decoding, its
     *     {@link MalformedRecordException#skipBytes()} lead on
     */
    public boolean assemble(ByteBuffer batch, int offset, EncodedEvent out) throws MalformedRecordException {
        validator.validate(batch, offset);
        byte[] record = validator.record();
        header.wrap(record, 0);
        clock.refresh(header.bootNs());
        switch (header.type()) {
            case RecordType.EXEC -> assembleExec(exec.wrap(record, 0));
            case RecordType.EXIT -> assembleExit(exit.wrap(record, 0));
            case RecordType.SIGNAL_SENT -> assembleSignal(signal.wrap(record, 0), EventType.SIGNAL_SENT);
            case RecordType.SIGNAL_DELIVERED -> assembleSignal(signal.wrap(record, 0), EventType.SIGNAL_DELIVERED);
            case RecordType.OOM_KILL -> assembleOomKill(oom.wrap(record, 0));
            case RecordType.RUNNING -> assembleRunning(running.wrap(record, 0));
            default -> {
                cgroups.apply(cgroup.wrap(record, 0));
                return false;
            }
        }
        encoder.encode(event, out);
        return true;
    }

    /**
     * The event assembled last, for counting; valid until the next call of {@link #assemble}. Fields that are encoded
     * from elsewhere are set only as far as they are counted by.
     */
    public MutableEvent event() {
        return event;
    }

    private void assembleExec(ExecRecordFlyweight raw) {
        begin(EventType.PROCESS_EXEC);
        fillSubject(raw.process(process.raw));
        MutableEvent.ExecInfo info = event.execInfo.begin();
        info.filename.referToProcessText(raw.array(), raw.filenameOffset(), raw.filenameLen());
        info.filenameTruncated = header.has(RecordFlags.FILENAME_TRUNCATED);
        info.argumentsTruncated = header.has(RecordFlags.ARGS_TRUNCATED);
        info.argumentsBytes = raw.argsTotal();
        if (!header.has(RecordFlags.ARGS_UNREADABLE)) {
            execArguments.fill(info.arguments, raw.array(), raw.argsOffset(), raw.argsLen(), info.argumentsTruncated);
        }
    }

    private void assembleExit(ExitRecordFlyweight raw) {
        begin(EventType.PROCESS_EXIT);
        fillSubject(raw.process(process.raw));
        int waitStatus = raw.waitStatus();
        int endedBy = ExitStatus.signal(waitStatus);
        MutableEvent.ExitInfo info = event.exitInfo.begin(runs.ofExit(waitStatus));
        info.code = ExitStatus.code(waitStatus); // for who counts; encoded from the run
        long runtime = EventFrame.micros(raw.runtimeNs());
        info.systemTime = CpuTimes.systemMicros(runtime, raw.userNs(), raw.systemNs());
        info.userTime = runtime - info.systemTime;
        info.maxRssBytes = bytes(raw.maxRssPages());
        info.lifetime = Math.max(0, event.bootTime - event.startTime);
        event.priority = ExitStatus.isAbnormal(waitStatus);
        if (header.has(RecordFlags.CAUSE)) {
            fillCause(info.cause, raw.cause(cause), endedBy);
        }
    }

    /** What did not end the process is no cause, whatever the kernel side remembered. */
    private void fillCause(MutableEvent.ExitCause target, CauseFlyweight raw, int endedBy) {
        if (endedBy == 0 || raw.signal() != endedBy) {
            return;
        }
        int flags = raw.flags();
        target.begin(runs.ofCause(raw));
        target.bootTime = EventFrame.micros(raw.bootNs());
        target.timestamp = frame.epochMicros(raw.bootNs());
        target.groupDirected = isSet(flags, RecordFlags.GROUP);
        target.isOomKill = isSet(flags, RecordFlags.OOM);
        event.isOomKill = target.isOomKill;
        if (isSet(flags, RecordFlags.SENDER)) {
            fillReference(target.sender, raw.sender(other.raw));
            target.senderPid.set(other.tgid());
        } else if (isSet(flags, RecordFlags.CONTEXT)) {
            fillReference(target.context, raw.sender(other.raw));
        }
    }

    private void assembleSignal(SignalRecordFlyweight raw, EventType type) {
        begin(type);
        fillSubject(raw.process(process.raw));
        int flags = header.flags();
        MutableEvent.SignalInfo info = event.signalInfo.begin(runs.ofSignal(raw, flags));
        info.signal = raw.signal(); // as the origin for who counts; encoded from the run
        info.origin = RawEnums.origin(raw.origin());
        event.isOomKill = isSet(flags, RecordFlags.OOM);
        event.priority = isSet(flags, RecordFlags.FATAL) && type == EventType.SIGNAL_SENT;
        if (isSet(flags, RecordFlags.SENDER)) {
            fillReference(event.sender, raw.sender(other.raw));
            event.senderPid.set(other.tgid());
        } else if (isSet(flags, RecordFlags.CONTEXT)) {
            fillReference(info.context, raw.sender(other.raw));
        }
    }

    private void assembleOomKill(OomRecordFlyweight raw) {
        begin(EventType.OOM_KILL);
        fillSubject(raw.process(process.raw));
        event.isOomKill = true;
        event.priority = true;
        MutableEvent.OomInfo info = event.oomInfo.begin();
        fillReference(info.trigger, raw.trigger(other.raw));
        info.totalVmBytes = bytes(raw.totalVmPages());
        info.anonRssBytes = bytes(raw.anonRssPages());
        info.fileRssBytes = bytes(raw.fileRssPages());
        info.shmemRssBytes = bytes(raw.shmemRssPages());
        info.pageTablesBytes = atMost(raw.pgtablesBytes());
        info.oomScoreAdj = raw.oomScoreAdj();
        if (header.has(RecordFlags.OOM_DECISION) || header.has(RecordFlags.OOM_EVIDENCE)) {
            info.constraint = RawEnums.oomConstraint(raw.constraint());
        }
        if (header.has(RecordFlags.OOM_DECISION)) {
            fillDecision(info, raw);
        }
    }

    private void fillDecision(MutableEvent.OomInfo info, OomRecordFlyweight raw) {
        long limit = bytes(raw.limitPages());
        if (limit < MutableEvent.MAX_LONG) { // a memcg without a limit of its own has the largest number there is
            info.limitBytes.set(limit);
        }
        long limitingCgroup = raw.limitingCgroupId();
        if (limitingCgroup != 0) {
            info.limitingCgroupId.set(limitingCgroup);
            frame.fillPath(info.limitingCgroupPath, limitingCgroup, header.bootNs());
            info.usageBytes.set(bytes(raw.usagePages()));
        }
    }

    private void assembleRunning(RunningRecordFlyweight raw) {
        frame.begin(
                event,
                EventType.PROCESS_RUNNING,
                Hook.AGENT,
                AgentEvents.NO_CPU,
                agentSequence.captureId(),
                agentSequence.next(),
                header.bootNs());
        fillSubject(raw.process(process.raw));
    }

    private void begin(EventType type) {
        frame.begin(
                event,
                type,
                RawEnums.hook(header.hook()),
                header.cpu(),
                header.captureId(),
                header.sequence(),
                header.bootNs());
    }

    /** Has the encoder read it in its record; what is needed beside is copied. */
    private void fillSubject(ProcessFlyweight raw) {
        event.readProcessFrom(process);
        event.tgid = raw.tgid();
        event.startTime = EventFrame.micros(raw.startNs());
        event.container = frame.container(event.container, raw.cgroupId(), event.tgid, header.bootNs());
    }

    /** As {@link #fillSubject}. */
    private void fillReference(MutableEvent.ProcessReference target, ProcessFlyweight raw) {
        target.begin(other);
        target.container = frame.container(target.container, raw.cgroupId(), raw.tgid(), header.bootNs());
    }

    /** Bytes of so many pages, within what an event can say. */
    private long bytes(long pages) {
        return pages < 0 || pages > MutableEvent.MAX_LONG / pageSize ? MutableEvent.MAX_LONG : pages * pageSize;
    }

    private static long atMost(long bytes) {
        return bytes < 0 ? MutableEvent.MAX_LONG : Math.min(bytes, MutableEvent.MAX_LONG);
    }

    private static boolean isSet(int flags, int flag) {
        return (flags & flag) != 0;
    }
}
