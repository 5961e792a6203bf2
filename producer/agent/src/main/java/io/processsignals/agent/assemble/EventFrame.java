// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.agent.identity.Cgroups;
import io.processsignals.agent.identity.EpochClock;
import io.processsignals.agent.identity.NodeIdentity;
import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.codec.Text;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import org.jspecify.annotations.Nullable;

/** What every event has: identity, times, the container of a process. */
final class EventFrame {
    private static final long NANOS_PER_MICRO = 1_000;

    private final NodeIdentity node;
    private final @Nullable ConstantText cluster;
    private final EpochClock clock;
    private final Cgroups cgroups;

    EventFrame(NodeIdentity node, EpochClock clock, Cgroups cgroups) {
        this.node = node;
        this.cluster = node.cluster().orElse(null);
        this.clock = clock;
        this.cgroups = cgroups;
    }

    /** Clears the event, one of this node alone, and fills in what identifies and dates it. */
    void begin(MutableEvent event, EventType type, Hook hook, int cpu, long captureId, long sequence, long bootNs) {
        event.clearFacts();
        if (cluster != null) {
            event.cluster.set(cluster);
        }
        event.node.set(node.node());
        event.bootId.set(node.bootId());
        event.captureId = captureId;
        event.hook = hook;
        event.cpu = cpu;
        event.sequence = sequence;
        long epochNs = clock.epochNanos(bootNs);
        event.timestamp = Math.floorDiv(epochNs, NANOS_PER_MICRO);
        event.nanoAdjust = (int) (epochNs - event.timestamp * NANOS_PER_MICRO);
        event.bootTime = micros(bootNs);
        event.eventType = type;
    }

    /**
     * What an event says of a cgroup: shared and frozen if its path is known.
     *
     * @param own the event's own, absent; filled and returned if there is none to share
     * @param tgid of a process in it, to look it up; 0 if none
     */
    MutableEvent.Container container(MutableEvent.Container own, long cgroupId, int tgid, long bootNs) {
        if (cgroupId == 0) {
            return own;
        }
        MutableEvent.Container known = cgroups.find(cgroupId, tgid, bootNs).container();
        if (known != null) {
            return known;
        }
        own.begin();
        own.cgroupId = cgroupId;
        return own;
    }

    /** Path of a cgroup; absent if not known. */
    void fillPath(Text path, long cgroupId, long bootNs) {
        set(path, cgroups.find(cgroupId, 0, bootNs).path());
    }

    long epochMicros(long bootNs) {
        return clock.epochMicros(bootNs);
    }

    static long micros(long nanos) {
        return nanos / NANOS_PER_MICRO;
    }

    private static void set(Text text, @Nullable ConstantText value) {
        if (value != null) {
            text.set(value);
        }
    }
}
