// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import io.processsignals.common.log.EncodedEvent;
import java.util.Arrays;

/**
 * Encodes events by hand, in the order of the schema's fields: the same bytes as Avro's {@code SpecificDatumWriter},
 * without allocating once the buffers have grown. Used by one thread.
 *
 * <p>What repeats from event to event is copied as it was encoded before: what events of one hook and CPU begin with, a
 * frozen {@link MutableEvent.Container}, an {@link EncodedRun}, a process that an event refers to.
 */
public final class EventEncoder {
    private static final int FIRST_CAPACITY = 1024;

    /** Far more than the largest event: a buffer that is to grow further is a defect, not a long event. */
    private static final int MAX_CAPACITY = 64 << 20;

    private final EncodedHeads heads = new EncodedHeads();
    private final EncodedReferences references = new EncodedReferences();

    /** Fills {@code out}: value, key, and what a log needs to know of the event. Keeps no reference to either. */
    public void encode(MutableEvent event, EncodedEvent out) {
        while (true) {
            try {
                out.valueLength = writeEvent(event, out.value);
                break;
            } catch (IndexOutOfBoundsException e) {
                if (out.value.length >= MAX_CAPACITY) {
                    throw e;
                }
                out.value = new byte[Math.max(FIRST_CAPACITY, 2 * out.value.length)];
            }
        }
        encodeKey(event, out);
        out.timestampMicros = event.timestamp;
        out.type = event.eventType;
        out.priority = event.priority;
        out.hook = event.hook;
        out.cpu = event.cpu;
        out.captureId = event.captureId;
        out.sequence = event.sequence;
        out.bootTimeMicros = event.bootTime;
    }

    /** What goes behind the branch of a container that is there. */
    static byte[] encode(MutableEvent.Container container) {
        for (int capacity = FIRST_CAPACITY; ; capacity *= 2) {
            byte[] target = new byte[capacity];
            try {
                return Arrays.copyOf(target, writeContainerFields(target, 0, container));
            } catch (IndexOutOfBoundsException e) {
                if (capacity >= MAX_CAPACITY) {
                    throw e;
                }
            }
        }
    }

    /** {@code node/tgid}. */
    private static void encodeKey(MutableEvent event, EncodedEvent out) {
        Text node = event.node;
        int capacity = node.length + 1 + Decimals.MAX_INT_LENGTH;
        if (out.key.length < capacity) {
            out.key = new byte[capacity];
            out.keyNode = null;
        }
        ConstantText constant = node.constant();
        if (constant == null || out.keyNode != constant) {
            System.arraycopy(node.bytes, node.offset, out.key, 0, node.length);
            out.key[node.length] = '/';
            out.keyNode = constant;
        }
        out.keyLength = Decimals.write(out.key, node.length + 1, event.tgid);
    }

    private int writeEvent(MutableEvent event, byte[] target) {
        int at = heads.write(target, event);
        at = AvroWriter.writeLong(target, at, event.sequence);
        at = AvroWriter.writeLong(target, at, event.timestamp);
        at = AvroWriter.writeInt(target, at, event.nanoAdjust);
        at = AvroWriter.writeLong(target, at, event.bootTime);
        at = AvroWriter.writeEnum(target, at, event.eventType);
        at = writeSubject(target, at, event);
        at = writeContainer(target, at, event.container);
        at = writeExecInfo(target, at, event.execInfo);
        at = writeExitInfo(target, at, event.exitInfo);
        at = writeSignalInfo(target, at, event.signalInfo);
        at = AvroWriter.writeNullableInt(target, at, event.senderPid);
        at = writeProcessReference(target, at, event.sender);
        at = AvroWriter.writeBoolean(target, at, event.isOomKill);
        return writeRareGroups(target, at, event);
    }

    /** All of them absent at once, as in most events. */
    private int writeRareGroups(byte[] target, int start, MutableEvent event) {
        if (!event.oomInfo.present
                && !event.throttleInfo.present
                && !event.lostInfo.present
                && !event.suppressedInfo.present) {
            return AvroWriter.writeFourNulls(target, start);
        }
        int at = writeOomInfo(target, start, event.oomInfo);
        at = writeThrottleInfo(target, at, event.throttleInfo);
        at = writeLostInfo(target, at, event.lostInfo);
        at = writeSuppressedInfo(target, at, event.suppressedInfo);
        return at;
    }

    private static int writeSubject(byte[] target, int start, MutableEvent event) {
        ProcessSource source = event.source();
        if (source != null) {
            return writeProcess(target, start, source);
        }
        int at = AvroWriter.writeInt(target, start, event.pid);
        at = AvroWriter.writeInt(target, at, event.tgid);
        at = AvroWriter.writeInt(target, at, event.ppid);
        at = AvroWriter.writeInt(target, at, event.nsPid);
        at = AvroWriter.writeText(target, at, event.command);
        at = AvroWriter.writeLong(target, at, event.startTime);
        at = AvroWriter.writeLong(target, at, event.uid);
        at = AvroWriter.writeLong(target, at, event.gid);
        at = AvroWriter.writeText(target, at, event.parentCommand);
        at = AvroWriter.writeLong(target, at, event.parentStartTime);
        return at;
    }

    /** But for its container. */
    static int writeProcess(byte[] target, int start, ProcessSource process) {
        int at = AvroWriter.writePair(target, start, process.pid(), process.tgid());
        at = AvroWriter.writePair(target, at, process.ppid(), process.nsPid());
        at = AvroWriter.writeComm(target, at, process.commandLow(), process.commandHigh());
        at = AvroWriter.writeLong(target, at, process.startTime());
        at = AvroWriter.writePair(target, at, process.uid(), process.gid());
        at = AvroWriter.writeComm(target, at, process.parentCommandLow(), process.parentCommandHigh());
        return AvroWriter.writeLong(target, at, process.parentStartTime());
    }

    private static int writeSuppressedInfo(byte[] target, int start, MutableEvent.SuppressedInfo suppressed) {
        int at = AvroWriter.writeBranch(target, start, suppressed.present);
        if (!suppressed.present) {
            return at;
        }
        at = AvroWriter.writeLong(target, at, suppressed.count);
        at = AvroWriter.writeEnum(target, at, suppressed.suppressedType);
        at = AvroWriter.writeLong(target, at, suppressed.from);
        at = AvroWriter.writeLong(target, at, suppressed.to);
        return at;
    }

    private static int writeLostInfo(byte[] target, int start, MutableEvent.LostInfo lost) {
        int at = AvroWriter.writeBranch(target, start, lost.present);
        if (!lost.present) {
            return at;
        }
        at = AvroWriter.writeLong(target, at, lost.count);
        at = AvroWriter.writeEnum(target, at, lost.lostType);
        at = AvroWriter.writeEnum(target, at, lost.stage);
        at = AvroWriter.writeEnum(target, at, lost.lostHook);
        at = AvroWriter.writeInt(target, at, lost.lostCpu);
        at = AvroWriter.writeLong(target, at, lost.lostCaptureId);
        at = AvroWriter.writeNullableLong(target, at, lost.firstSequence);
        at = AvroWriter.writeNullableLong(target, at, lost.lastSequence);
        at = AvroWriter.writeLong(target, at, lost.priorityCount);
        at = AvroWriter.writeLong(target, at, lost.from);
        at = AvroWriter.writeLong(target, at, lost.to);
        return at;
    }

    private static int writeThrottleInfo(byte[] target, int start, MutableEvent.ThrottleInfo throttle) {
        int at = AvroWriter.writeBranch(target, start, throttle.present);
        if (!throttle.present) {
            return at;
        }
        at = AvroWriter.writeLong(target, at, throttle.intervalStart);
        at = AvroWriter.writeLong(target, at, throttle.intervalEnd);
        at = AvroWriter.writeLong(target, at, throttle.periods);
        at = AvroWriter.writeLong(target, at, throttle.throttledPeriods);
        at = AvroWriter.writeLong(target, at, throttle.throttledTime);
        at = AvroWriter.writeNullableLong(target, at, throttle.quota);
        at = AvroWriter.writeNullableLong(target, at, throttle.period);
        return at;
    }

    private int writeOomInfo(byte[] target, int start, MutableEvent.OomInfo oom) {
        int at = AvroWriter.writeBranch(target, start, oom.present);
        if (!oom.present) {
            return at;
        }
        at = AvroWriter.writeEnum(target, at, oom.constraint);
        at = writeProcessReference(target, at, oom.trigger);
        at = AvroWriter.writeNullableLong(target, at, oom.limitingCgroupId);
        at = AvroWriter.writeNullableText(target, at, oom.limitingCgroupPath);
        at = AvroWriter.writeNullableLong(target, at, oom.usageBytes);
        at = AvroWriter.writeNullableLong(target, at, oom.limitBytes);
        at = AvroWriter.writeLong(target, at, oom.totalVmBytes);
        at = AvroWriter.writeLong(target, at, oom.anonRssBytes);
        at = AvroWriter.writeLong(target, at, oom.fileRssBytes);
        at = AvroWriter.writeLong(target, at, oom.shmemRssBytes);
        at = AvroWriter.writeLong(target, at, oom.pageTablesBytes);
        at = AvroWriter.writeInt(target, at, oom.oomScoreAdj);
        return at;
    }

    private int writeSignalInfo(byte[] target, int start, MutableEvent.SignalInfo signal) {
        int at = AvroWriter.writeBranch(target, start, signal.present);
        if (!signal.present) {
            return at;
        }
        EncodedRun run = signal.run;
        at = run != null ? run.write(target, at) : writeSignalRun(target, at, signal);
        return writeProcessReference(target, at, signal.context);
    }

    static int writeSignalRun(byte[] target, int start, MutableEvent.SignalInfo signal) {
        int at = AvroWriter.writeInt(target, start, signal.signal);
        at = AvroWriter.writeText(target, at, signal.signalName);
        at = AvroWriter.writeText(target, at, signal.description);
        at = AvroWriter.writeInt(target, at, signal.siCode);
        at = AvroWriter.writeText(target, at, signal.siCodeName);
        at = AvroWriter.writeEnum(target, at, signal.origin);
        at = AvroWriter.writeBoolean(target, at, signal.groupDirected);
        at = AvroWriter.writeEnum(target, at, signal.result);
        at = AvroWriter.writeEnum(target, at, signal.disposition);
        return AvroWriter.writeBoolean(target, at, signal.fatal);
    }

    private int writeExitInfo(byte[] target, int start, MutableEvent.ExitInfo exit) {
        int at = AvroWriter.writeBranch(target, start, exit.present);
        if (!exit.present) {
            return at;
        }
        EncodedRun run = exit.run;
        at = run != null ? run.write(target, at) : writeExitRun(target, at, exit);
        at = AvroWriter.writeLong(target, at, exit.userTime);
        at = AvroWriter.writeLong(target, at, exit.systemTime);
        at = AvroWriter.writeLong(target, at, exit.maxRssBytes);
        at = AvroWriter.writeLong(target, at, exit.lifetime);
        return writeExitCause(target, at, exit.cause);
    }

    static int writeExitRun(byte[] target, int start, MutableEvent.ExitInfo exit) {
        int at = AvroWriter.writeInt(target, start, exit.waitStatus);
        at = AvroWriter.writeInt(target, at, exit.code);
        at = AvroWriter.writeNullableInt(target, at, exit.signal);
        at = AvroWriter.writeNullableText(target, at, exit.signalName);
        at = AvroWriter.writeBoolean(target, at, exit.coreDumped);
        return AvroWriter.writeText(target, at, exit.description);
    }

    private int writeExitCause(byte[] target, int start, MutableEvent.ExitCause cause) {
        int at = AvroWriter.writeBranch(target, start, cause.present);
        if (!cause.present) {
            return at;
        }
        EncodedRun run = cause.run;
        at = run != null ? run.write(target, at) : writeCauseRun(target, at, cause);
        at = AvroWriter.writeLong(target, at, cause.bootTime);
        at = AvroWriter.writeLong(target, at, cause.timestamp);
        at = AvroWriter.writeBoolean(target, at, cause.groupDirected);
        at = AvroWriter.writeBoolean(target, at, cause.isOomKill);
        at = AvroWriter.writeNullableInt(target, at, cause.senderPid);
        at = writeProcessReference(target, at, cause.sender);
        at = writeProcessReference(target, at, cause.context);
        return at;
    }

    static int writeCauseRun(byte[] target, int start, MutableEvent.ExitCause cause) {
        int at = AvroWriter.writeInt(target, start, cause.signal);
        at = AvroWriter.writeText(target, at, cause.signalName);
        at = AvroWriter.writeInt(target, at, cause.siCode);
        return AvroWriter.writeEnum(target, at, cause.origin);
    }

    private int writeProcessReference(byte[] target, int start, MutableEvent.ProcessReference process) {
        int at = AvroWriter.writeBranch(target, start, process.present);
        if (!process.present) {
            return at;
        }
        ProcessSource source = process.source;
        if (source != null) {
            return references.write(target, at, source, process.container);
        }
        at = writeOwnProcess(target, at, process);
        return writeContainer(target, at, process.container);
    }

    private static int writeOwnProcess(byte[] target, int start, MutableEvent.ProcessReference process) {
        int at = AvroWriter.writeInt(target, start, process.pid);
        at = AvroWriter.writeInt(target, at, process.tgid);
        at = AvroWriter.writeInt(target, at, process.ppid);
        at = AvroWriter.writeInt(target, at, process.nsPid);
        at = AvroWriter.writeText(target, at, process.command);
        at = AvroWriter.writeLong(target, at, process.startTime);
        at = AvroWriter.writeLong(target, at, process.uid);
        at = AvroWriter.writeLong(target, at, process.gid);
        at = AvroWriter.writeText(target, at, process.parentCommand);
        at = AvroWriter.writeLong(target, at, process.parentStartTime);
        return at;
    }

    private static int writeExecInfo(byte[] target, int start, MutableEvent.ExecInfo exec) {
        int at = AvroWriter.writeBranch(target, start, exec.present);
        if (!exec.present) {
            return at;
        }
        at = AvroWriter.writeText(target, at, exec.filename);
        at = AvroWriter.writeBoolean(target, at, exec.filenameTruncated);
        at = AvroWriter.writeNullableTextList(target, at, exec.arguments);
        at = AvroWriter.writeBoolean(target, at, exec.argumentsTruncated);
        at = AvroWriter.writeLong(target, at, exec.argumentsBytes);
        return at;
    }

    static int writeContainer(byte[] target, int start, MutableEvent.Container container) {
        int at = AvroWriter.writeBranch(target, start, container.present);
        if (!container.present) {
            return at;
        }
        byte[] frozen = container.encoded;
        return frozen == null
                ? writeContainerFields(target, at, container)
                : AvroWriter.writeEncoded(target, at, frozen);
    }

    private static int writeContainerFields(byte[] target, int start, MutableEvent.Container container) {
        int at = AvroWriter.writeLong(target, start, container.cgroupId);
        at = AvroWriter.writeNullableText(target, at, container.cgroupPath);
        at = AvroWriter.writeEnum(target, at, container.runtime);
        at = AvroWriter.writeNullableText(target, at, container.containerId);
        at = AvroWriter.writeNullableText(target, at, container.podUid);
        at = AvroWriter.writeEnum(target, at, container.qosClass);
        at = AvroWriter.writeNullableText(target, at, container.podName);
        at = AvroWriter.writeNullableText(target, at, container.podNamespace);
        at = AvroWriter.writeNullableText(target, at, container.containerName);
        at = AvroWriter.writeNullableTextMap(target, at, container.podLabels);
        return at;
    }
}
