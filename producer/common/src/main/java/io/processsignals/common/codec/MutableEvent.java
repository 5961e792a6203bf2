// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.QosClass;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import org.jspecify.annotations.Nullable;

/**
 * One event to be encoded: a mutable, reusable mirror of the schema {@code ProcessSignalEvent}, which documents every
 * field, unit and range under the same names.
 *
 * <p>Use: {@link #clear()}, set the fields, {@code begin()} the groups that the event has, {@link EventEncoder#encode}.
 * Nothing is allocated after the first events. Longs are to stay below 2^53 in magnitude ({@link #MAX_LONG}), as the
 * contract promises to readers; the encoder writes what it is given. Not thread-safe; fields are public because they
 * are written once per event on the capture path.
 */
public final class MutableEvent {
    /** Largest value that a {@code long} of an event may have: JavaScript readers are exact up to here. */
    public static final long MAX_LONG = (1L << 53) - 1;

    /** Not part of the event: goes to {@link io.processsignals.common.log.EncodedEvent#priority}. */
    public boolean priority;

    public final Text cluster = new Text();
    public final Text node = new Text();
    public final Text bootId = new Text();
    public long captureId;
    public Hook hook = Hook.UNKNOWN;
    public int cpu;
    public long sequence;
    public long timestamp;
    public int nanoAdjust;
    public long bootTime;
    public EventType eventType = EventType.UNKNOWN;
    public int pid;
    public int tgid;
    public int ppid;
    public int nsPid;
    public final Text command = new Text();
    public long startTime;
    public long uid = -1;
    public long gid = -1;
    public final Text parentCommand = new Text();
    public long parentStartTime;
    public Container container = new Container();
    private final Container ownContainer = container;
    public final ExecInfo execInfo = new ExecInfo();
    public final ExitInfo exitInfo = new ExitInfo();
    public final SignalInfo signalInfo = new SignalInfo();
    public final NullableInt senderPid = new NullableInt();
    public final ProcessReference sender = new ProcessReference();
    public boolean isOomKill;
    public final OomInfo oomInfo = new OomInfo();
    public final ThrottleInfo throttleInfo = new ThrottleInfo();
    public final LostInfo lostInfo = new LostInfo();
    public final SuppressedInfo suppressedInfo = new SuppressedInfo();

    /**
     * In place of the fields from pid to parentStartTime; kept when it is cleared, since it is often the next one's.
     */
    private @Nullable ProcessSource source;

    private boolean fromSource;

    /**
     * Has the process that the event is about encoded from there, but for its container: the fields of this event are
     * then not, except for {@link #tgid} in the key.
     */
    public void readProcessFrom(ProcessSource newSource) {
        if (source != newSource) {
            source = newSource;
        }
        fromSource = true;
    }

    @Nullable
    ProcessSource source() {
        return fromSource ? source : null;
    }

    /** Every field at its default, every group absent. */
    public void clear() {
        cluster.clear();
        node.clear();
        bootId.clear();
        clearFacts();
    }

    /** As {@link #clear()}, but keeps cluster, node and boot id, which are the same in every event of a node. */
    public void clearFacts() {
        priority = false;
        captureId = 0;
        hook = Hook.UNKNOWN;
        cpu = 0;
        sequence = 0;
        timestamp = 0;
        nanoAdjust = 0;
        bootTime = 0;
        eventType = EventType.UNKNOWN;
        pid = 0;
        tgid = 0;
        ppid = 0;
        nsPid = 0;
        command.clear();
        startTime = 0;
        uid = -1;
        gid = -1;
        parentCommand.clear();
        parentStartTime = 0;
        fromSource = false;
        if (container != ownContainer) {
            container = ownContainer;
        }
        ownContainer.present = false;
        execInfo.present = false;
        exitInfo.present = false;
        signalInfo.present = false;
        senderPid.clear();
        sender.present = false;
        isOomKill = false;
        oomInfo.present = false;
        throttleInfo.present = false;
        lostInfo.present = false;
        suppressedInfo.present = false;
    }

    /**
     * Mirrors {@code Container}. One that many events share is made once, {@linkplain #freeze frozen} and put in the
     * place of an event's own, which {@code clear()} or {@code begin()} of its owner puts back.
     */
    public static final class Container {
        public boolean present;
        public long cgroupId;
        public final Text cgroupPath = new Text();
        public ContainerRuntime runtime = ContainerRuntime.UNKNOWN;
        public final Text containerId = new Text();
        public final Text podUid = new Text();
        public QosClass qosClass = QosClass.UNKNOWN;
        public final Text podName = new Text();
        public final Text podNamespace = new Text();
        public final Text containerName = new Text();
        public final TextMap podLabels = new TextMap();

        /** Its bytes behind the branch; null unless frozen. */
        byte @Nullable [] encoded;

        /** Encodes it once for all events; it must not change from now on. */
        public Container freeze() {
            encoded = EventEncoder.encode(this);
            return this;
        }

        /** Makes it present, with every field at its default. */
        public Container begin() {
            requireOwn();
            present = true;
            cgroupId = 0;
            cgroupPath.clear();
            runtime = ContainerRuntime.UNKNOWN;
            containerId.clear();
            podUid.clear();
            qosClass = QosClass.UNKNOWN;
            podName.clear();
            podNamespace.clear();
            containerName.clear();
            podLabels.clear();
            return this;
        }

        /** Takes over what the other one says, or its absence; refers to its texts. */
        public void set(Container other) {
            requireOwn();
            present = other.present;
            cgroupId = other.cgroupId;
            cgroupPath.set(other.cgroupPath);
            runtime = other.runtime;
            containerId.set(other.containerId);
            podUid.set(other.podUid);
            qosClass = other.qosClass;
            podName.set(other.podName);
            podNamespace.set(other.podNamespace);
            containerName.set(other.containerName);
            podLabels.set(other.podLabels);
        }

        private void requireOwn() {
            if (encoded != null) {
                throw new IllegalStateException("a frozen container is shared: clear the event first");
            }
        }
    }

    /** Mirrors {@code ExecInfo}. */
    public static final class ExecInfo {
        public boolean present;
        public final Text filename = new Text();
        public boolean filenameTruncated;
        public final TextList arguments = new TextList();
        public boolean argumentsTruncated;
        public long argumentsBytes;

        /** Makes it present, with every field at its default. */
        public ExecInfo begin() {
            present = true;
            filename.clear();
            filenameTruncated = false;
            arguments.clear();
            argumentsTruncated = false;
            argumentsBytes = 0;
            return this;
        }
    }

    /** Mirrors {@code ProcessReference}. */
    public static final class ProcessReference {
        public boolean present;
        public int pid;
        public int tgid;
        public int ppid;
        public int nsPid;
        public final Text command = new Text();
        public long startTime;
        public long uid = -1;
        public long gid = -1;
        public final Text parentCommand = new Text();
        public long parentStartTime;
        public Container container = new Container();
        private final Container ownContainer = container;

        /** In place of the fields but for the container. */
        @Nullable
        ProcessSource source;

        /** Makes it present, encoded from there but for its container; its other fields stay as they are. */
        public ProcessReference begin(ProcessSource newSource) {
            present = true;
            if (source != newSource) {
                source = newSource;
            }
            resetContainer();
            return this;
        }

        /** Makes it present, with every field at its default. */
        public ProcessReference begin() {
            present = true;
            pid = 0;
            tgid = 0;
            ppid = 0;
            nsPid = 0;
            command.clear();
            startTime = 0;
            uid = -1;
            gid = -1;
            parentCommand.clear();
            parentStartTime = 0;
            source = null;
            resetContainer();
            return this;
        }

        /** As it is encoded, as all of the following. */
        public int tgid() {
            return source != null ? source.tgid() : tgid;
        }

        public long startTime() {
            return source != null ? source.startTime() : startTime;
        }

        public Text command() {
            if (source != null) {
                command.setComm(source.commandLow(), source.commandHigh());
            }
            return command;
        }

        private void resetContainer() {
            if (container != ownContainer) {
                container = ownContainer;
            }
            ownContainer.present = false;
        }
    }

    /** Mirrors {@code ExitCause}. */
    public static final class ExitCause {
        public boolean present;
        public int signal;
        public final Text signalName = new Text();
        public int siCode;
        public SignalOrigin origin = SignalOrigin.UNKNOWN;
        public long bootTime;
        public long timestamp;
        public boolean groupDirected;
        public boolean isOomKill;
        public final NullableInt senderPid = new NullableInt();
        public final ProcessReference sender = new ProcessReference();
        public final ProcessReference context = new ProcessReference();

        /** In place of {@code signal} to {@code origin}. */
        @Nullable
        EncodedRun run;

        /** Makes it present, with every field at its default. */
        public ExitCause begin() {
            present = true;
            signal = 0;
            signalName.clear();
            siCode = 0;
            origin = SignalOrigin.UNKNOWN;
            beginRest(null);
            return this;
        }

        /** Makes it present, {@code signal} to {@code origin} encoded from there, the other fields at their default. */
        public ExitCause begin(EncodedRun newRun) {
            present = true;
            beginRest(newRun);
            return this;
        }

        private void beginRest(@Nullable EncodedRun newRun) {
            if (run != newRun) {
                run = newRun;
            }
            bootTime = 0;
            timestamp = 0;
            groupDirected = false;
            isOomKill = false;
            senderPid.clear();
            sender.present = false;
            context.present = false;
        }
    }

    /** Mirrors {@code ExitInfo}. */
    public static final class ExitInfo {
        public boolean present;
        public int waitStatus;
        public int code;
        public final NullableInt signal = new NullableInt();
        public final Text signalName = new Text();
        public boolean coreDumped;
        public final Text description = new Text();
        public long userTime;
        public long systemTime;
        public long maxRssBytes;
        public long lifetime;
        public final ExitCause cause = new ExitCause();

        /** In place of {@code waitStatus} to {@code description}. */
        @Nullable
        EncodedRun run;

        /** Makes it present, with every field at its default. */
        public ExitInfo begin() {
            present = true;
            waitStatus = 0;
            code = 0;
            signal.clear();
            signalName.clear();
            coreDumped = false;
            description.clear();
            beginRest(null);
            return this;
        }

        /**
         * Makes it present, {@code waitStatus} to {@code description} encoded from there, the other fields at their
         * default.
         */
        public ExitInfo begin(EncodedRun newRun) {
            present = true;
            beginRest(newRun);
            return this;
        }

        private void beginRest(@Nullable EncodedRun newRun) {
            if (run != newRun) {
                run = newRun;
            }
            userTime = 0;
            systemTime = 0;
            maxRssBytes = 0;
            lifetime = 0;
            cause.present = false;
        }
    }

    /** Mirrors {@code SignalInfo}. */
    public static final class SignalInfo {
        public boolean present;
        public int signal;
        public final Text signalName = new Text();
        public final Text description = new Text();
        public int siCode;
        public final Text siCodeName = new Text();
        public SignalOrigin origin = SignalOrigin.UNKNOWN;
        public boolean groupDirected;
        public SignalResult result = SignalResult.UNKNOWN;
        public SignalDisposition disposition = SignalDisposition.UNKNOWN;
        public boolean fatal;
        public final ProcessReference context = new ProcessReference();

        /** In place of {@code signal} to {@code fatal}. */
        @Nullable
        EncodedRun run;

        /** Makes it present, with every field at its default. */
        public SignalInfo begin() {
            present = true;
            signal = 0;
            signalName.clear();
            description.clear();
            siCode = 0;
            siCodeName.clear();
            origin = SignalOrigin.UNKNOWN;
            groupDirected = false;
            result = SignalResult.UNKNOWN;
            disposition = SignalDisposition.UNKNOWN;
            fatal = false;
            beginRest(null);
            return this;
        }

        /** Makes it present, {@code signal} to {@code fatal} encoded from there, the other fields at their default. */
        public SignalInfo begin(EncodedRun newRun) {
            present = true;
            beginRest(newRun);
            return this;
        }

        private void beginRest(@Nullable EncodedRun newRun) {
            if (run != newRun) {
                run = newRun;
            }
            context.present = false;
        }
    }

    /** Mirrors {@code OomInfo}. */
    public static final class OomInfo {
        public boolean present;
        public OomConstraint constraint = OomConstraint.UNKNOWN;
        public final ProcessReference trigger = new ProcessReference();
        public final NullableLong limitingCgroupId = new NullableLong();
        public final Text limitingCgroupPath = new Text();
        public final NullableLong usageBytes = new NullableLong();
        public final NullableLong limitBytes = new NullableLong();
        public long totalVmBytes;
        public long anonRssBytes;
        public long fileRssBytes;
        public long shmemRssBytes;
        public long pageTablesBytes;
        public int oomScoreAdj;

        /** Makes it present, with every field at its default. */
        public OomInfo begin() {
            present = true;
            constraint = OomConstraint.UNKNOWN;
            trigger.present = false;
            limitingCgroupId.clear();
            limitingCgroupPath.clear();
            usageBytes.clear();
            limitBytes.clear();
            totalVmBytes = 0;
            anonRssBytes = 0;
            fileRssBytes = 0;
            shmemRssBytes = 0;
            pageTablesBytes = 0;
            oomScoreAdj = 0;
            return this;
        }
    }

    /** Mirrors {@code ThrottleInfo}. */
    public static final class ThrottleInfo {
        public boolean present;
        public long intervalStart;
        public long intervalEnd;
        public long periods;
        public long throttledPeriods;
        public long throttledTime;
        public final NullableLong quota = new NullableLong();
        public final NullableLong period = new NullableLong();

        /** Makes it present, with every field at its default. */
        public ThrottleInfo begin() {
            present = true;
            intervalStart = 0;
            intervalEnd = 0;
            periods = 0;
            throttledPeriods = 0;
            throttledTime = 0;
            quota.clear();
            period.clear();
            return this;
        }
    }

    /** Mirrors {@code LostInfo}. */
    public static final class LostInfo {
        public boolean present;
        public long count;
        public EventType lostType = EventType.UNKNOWN;
        public LossStage stage = LossStage.UNKNOWN;
        public Hook lostHook = Hook.UNKNOWN;
        public int lostCpu = -1;
        public long lostCaptureId;
        public final NullableLong firstSequence = new NullableLong();
        public final NullableLong lastSequence = new NullableLong();
        public long priorityCount;
        public long from;
        public long to;

        /** Makes it present, with every field at its default. */
        public LostInfo begin() {
            present = true;
            count = 0;
            lostType = EventType.UNKNOWN;
            stage = LossStage.UNKNOWN;
            lostHook = Hook.UNKNOWN;
            lostCpu = -1;
            lostCaptureId = 0;
            firstSequence.clear();
            lastSequence.clear();
            priorityCount = 0;
            from = 0;
            to = 0;
            return this;
        }
    }

    /** Mirrors {@code SuppressedInfo}. */
    public static final class SuppressedInfo {
        public boolean present;
        public long count;
        public EventType suppressedType = EventType.UNKNOWN;
        public long from;
        public long to;

        /** Makes it present, with every field at its default. */
        public SuppressedInfo begin() {
            present = true;
            count = 0;
            suppressedType = EventType.UNKNOWN;
            from = 0;
            to = 0;
            return this;
        }
    }
}
