// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The first fields of an event: which one it is, when, and about whom. Read without the rest, it tells most records of
 * a large window apart from those that are wanted. Reused: valid until the next one is read.
 */
public final class EventHead {
    String node = "";
    String bootId = "";
    long captureId;
    Hook hook = Hook.UNKNOWN;
    int cpu;
    long sequence;
    long timestamp;
    long bootTime;
    EventType eventType = EventType.UNKNOWN;
    int tgid;

    private final @Nullable HeadDecoder decoder;
    private @Nullable EventDetails details;

    /** @param decoder which fills it, event after event */
    EventHead(@Nullable HeadDecoder decoder) {
        this.decoder = decoder;
    }

    public static EventHead of(ProcessSignalEvent event) {
        EventHead head = new EventHead(null);
        head.details = EventDetails.of(event);
        head.node = event.getNode();
        head.bootId = event.getBootId();
        head.captureId = event.getCaptureId();
        head.hook = event.getHook();
        head.cpu = event.getCpu();
        head.sequence = event.getSequence();
        Instant time = event.getTimestamp();
        head.timestamp = time.getEpochSecond() * 1_000_000L + time.getNano() / 1_000;
        head.bootTime = event.getBootTime();
        head.eventType = event.getEventType();
        head.tgid = event.getTgid();
        return head;
    }

    public String node() {
        return node;
    }

    public String bootId() {
        return bootId;
    }

    public long captureId() {
        return captureId;
    }

    public Hook hook() {
        return hook;
    }

    public int cpu() {
        return cpu;
    }

    public long sequence() {
        return sequence;
    }

    /** Microseconds since the epoch. */
    public long timestamp() {
        return timestamp;
    }

    /** Microseconds of CLOCK_BOOTTIME. */
    public long bootTime() {
        return bootTime;
    }

    public EventType eventType() {
        return eventType;
    }

    public int tgid() {
        return tgid;
    }

    /** More of the event, read at this call, at most one for each event; null if only all of the event tells it. */
    public @Nullable EventDetails details() {
        return decoder == null ? details : decoder.details();
    }
}
