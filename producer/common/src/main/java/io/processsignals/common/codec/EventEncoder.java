// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import io.processsignals.common.log.EncodedEvent;

/**
 * Encodes events by hand, in the order of the schema's fields: the same bytes as Avro's {@code SpecificDatumWriter},
 * without allocating once the buffers have grown. Used by one thread.
 */
public final class EventEncoder {
    private static final int MAX_TGID_DIGITS = 11;

    private final AvroWriter writer = new AvroWriter();
    private final Text tgid = new Text();

    /** Fills {@code out}: value, key, and what a log needs to know of the event. Keeps no reference to either. */
    public void encode(MutableEvent event, EncodedEvent out) {
        writer.wrap(out.value);
        writeEvent(event);
        out.value = writer.array();
        out.valueLength = writer.position();
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

    /** {@code node/tgid}. */
    private void encodeKey(MutableEvent event, EncodedEvent out) {
        Text node = event.node;
        int capacity = node.length + 1 + MAX_TGID_DIGITS;
        if (out.key.length < capacity) {
            out.key = new byte[capacity];
        }
        tgid.setDecimal(event.tgid);
        System.arraycopy(node.bytes, node.offset, out.key, 0, node.length);
        out.key[node.length] = '/';
        System.arraycopy(tgid.bytes, tgid.offset, out.key, node.length + 1, tgid.length);
        out.keyLength = node.length + 1 + tgid.length;
    }

    private void writeEvent(MutableEvent event) {
        writer.writeNullableText(event.cluster);
        writer.writeText(event.node);
        writer.writeText(event.bootId);
        writer.writeLong(event.captureId);
        writer.writeEnum(event.hook);
        writer.writeInt(event.cpu);
        writer.writeLong(event.sequence);
        writer.writeLong(event.timestamp);
        writer.writeInt(event.nanoAdjust);
        writer.writeLong(event.bootTime);
        writer.writeEnum(event.eventType);
        writer.writeInt(event.pid);
        writer.writeInt(event.tgid);
        writer.writeInt(event.ppid);
        writer.writeInt(event.nsPid);
        writer.writeText(event.command);
        writer.writeLong(event.startTime);
        writer.writeLong(event.uid);
        writer.writeLong(event.gid);
        writer.writeText(event.parentCommand);
        writer.writeLong(event.parentStartTime);
        writeContainer(event.container);
        writeExecInfo(event.execInfo);
        writeExitInfo(event.exitInfo);
        writeSignalInfo(event.signalInfo);
        writer.writeNullableInt(event.senderPid);
        writeProcessReference(event.sender);
        writer.writeBoolean(event.isOomKill);
        writeOomInfo(event.oomInfo);
        writeThrottleInfo(event.throttleInfo);
        writeLostInfo(event.lostInfo);
        writeSuppressedInfo(event.suppressedInfo);
    }

    private void writeSuppressedInfo(MutableEvent.SuppressedInfo suppressed) {
        if (!writer.writeBranch(suppressed.present)) {
            return;
        }
        writer.writeLong(suppressed.count);
        writer.writeEnum(suppressed.suppressedType);
        writer.writeLong(suppressed.from);
        writer.writeLong(suppressed.to);
    }

    private void writeLostInfo(MutableEvent.LostInfo lost) {
        if (!writer.writeBranch(lost.present)) {
            return;
        }
        writer.writeLong(lost.count);
        writer.writeEnum(lost.lostType);
        writer.writeEnum(lost.stage);
        writer.writeEnum(lost.lostHook);
        writer.writeInt(lost.lostCpu);
        writer.writeLong(lost.lostCaptureId);
        writer.writeNullableLong(lost.firstSequence);
        writer.writeNullableLong(lost.lastSequence);
        writer.writeLong(lost.priorityCount);
        writer.writeLong(lost.from);
        writer.writeLong(lost.to);
    }

    private void writeThrottleInfo(MutableEvent.ThrottleInfo throttle) {
        if (!writer.writeBranch(throttle.present)) {
            return;
        }
        writer.writeLong(throttle.intervalStart);
        writer.writeLong(throttle.intervalEnd);
        writer.writeLong(throttle.periods);
        writer.writeLong(throttle.throttledPeriods);
        writer.writeLong(throttle.throttledTime);
        writer.writeNullableLong(throttle.quota);
        writer.writeNullableLong(throttle.period);
    }

    private void writeOomInfo(MutableEvent.OomInfo oom) {
        if (!writer.writeBranch(oom.present)) {
            return;
        }
        writer.writeEnum(oom.constraint);
        writeProcessReference(oom.trigger);
        writer.writeNullableLong(oom.limitingCgroupId);
        writer.writeNullableText(oom.limitingCgroupPath);
        writer.writeNullableLong(oom.usageBytes);
        writer.writeNullableLong(oom.limitBytes);
        writer.writeLong(oom.totalVmBytes);
        writer.writeLong(oom.anonRssBytes);
        writer.writeLong(oom.fileRssBytes);
        writer.writeLong(oom.shmemRssBytes);
        writer.writeLong(oom.pageTablesBytes);
        writer.writeInt(oom.oomScoreAdj);
    }

    private void writeSignalInfo(MutableEvent.SignalInfo signal) {
        if (!writer.writeBranch(signal.present)) {
            return;
        }
        writer.writeInt(signal.signal);
        writer.writeText(signal.signalName);
        writer.writeText(signal.description);
        writer.writeInt(signal.siCode);
        writer.writeText(signal.siCodeName);
        writer.writeEnum(signal.origin);
        writer.writeBoolean(signal.groupDirected);
        writer.writeEnum(signal.result);
        writer.writeEnum(signal.disposition);
        writer.writeBoolean(signal.fatal);
        writeProcessReference(signal.context);
    }

    private void writeExitInfo(MutableEvent.ExitInfo exit) {
        if (!writer.writeBranch(exit.present)) {
            return;
        }
        writer.writeInt(exit.waitStatus);
        writer.writeInt(exit.code);
        writer.writeNullableInt(exit.signal);
        writer.writeNullableText(exit.signalName);
        writer.writeBoolean(exit.coreDumped);
        writer.writeText(exit.description);
        writer.writeLong(exit.userTime);
        writer.writeLong(exit.systemTime);
        writer.writeLong(exit.maxRssBytes);
        writer.writeLong(exit.lifetime);
        writeExitCause(exit.cause);
    }

    private void writeExitCause(MutableEvent.ExitCause cause) {
        if (!writer.writeBranch(cause.present)) {
            return;
        }
        writer.writeInt(cause.signal);
        writer.writeText(cause.signalName);
        writer.writeInt(cause.siCode);
        writer.writeEnum(cause.origin);
        writer.writeLong(cause.bootTime);
        writer.writeLong(cause.timestamp);
        writer.writeBoolean(cause.groupDirected);
        writer.writeBoolean(cause.isOomKill);
        writer.writeNullableInt(cause.senderPid);
        writeProcessReference(cause.sender);
        writeProcessReference(cause.context);
    }

    private void writeProcessReference(MutableEvent.ProcessReference process) {
        if (!writer.writeBranch(process.present)) {
            return;
        }
        writer.writeInt(process.pid);
        writer.writeInt(process.tgid);
        writer.writeInt(process.ppid);
        writer.writeInt(process.nsPid);
        writer.writeText(process.command);
        writer.writeLong(process.startTime);
        writer.writeLong(process.uid);
        writer.writeLong(process.gid);
        writer.writeText(process.parentCommand);
        writer.writeLong(process.parentStartTime);
        writeContainer(process.container);
    }

    private void writeExecInfo(MutableEvent.ExecInfo exec) {
        if (!writer.writeBranch(exec.present)) {
            return;
        }
        writer.writeText(exec.filename);
        writer.writeBoolean(exec.filenameTruncated);
        writer.writeNullableTextList(exec.arguments);
        writer.writeBoolean(exec.argumentsTruncated);
        writer.writeLong(exec.argumentsBytes);
    }

    private void writeContainer(MutableEvent.Container container) {
        if (!writer.writeBranch(container.present)) {
            return;
        }
        writer.writeLong(container.cgroupId);
        writer.writeNullableText(container.cgroupPath);
        writer.writeEnum(container.runtime);
        writer.writeNullableText(container.containerId);
        writer.writeNullableText(container.podUid);
        writer.writeEnum(container.qosClass);
        writer.writeNullableText(container.podName);
        writer.writeNullableText(container.podNamespace);
        writer.writeNullableText(container.containerName);
        writer.writeNullableTextMap(container.podLabels);
    }
}
