// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import io.processsignals.postmortem.source.EventDetails;
import io.processsignals.postmortem.source.EventHead;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.Prefilter;
import io.processsignals.postmortem.source.Window;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Keeps, of a window of any size, what a post-mortem needs: all about the processes asked for, and the deaths, losses
 * and throttling around them. Bounded: the newest {@value #MAX_CHOSEN} and {@value #MAX_AROUND}.
 */
public final class Collector {
    private static final int MAX_CHOSEN = 50_000;
    private static final int MAX_AROUND = 20_000;

    private final Selection selection;
    private final WindowLedger ledger = new WindowLedger();
    private final SequenceLedger kept = new SequenceLedger();
    private final Deque<EventRecord> chosen = new ArrayDeque<>();
    private final Deque<EventRecord> around = new ArrayDeque<>();
    private long dropped;

    public Collector(Selection selection) {
        this.selection = selection;
    }

    /** One thread's part in reading: counts the events, and tells which of them can be those to keep. */
    public Prefilter prefilter() {
        WindowLedger.Share share = ledger.share();
        return new Prefilter() {
            @Override
            public boolean head(EventHead head) {
                return share.add(head) && mayKeep(head);
            }
        };
    }

    /** The same for what is asked for by name, and announced losses, alone: counts nothing. */
    public Prefilter named() {
        return new Prefilter() {
            @Override
            public boolean head(EventHead head) {
                return selection.mayConcern(head) || head.eventType() == EventType.EVENTS_LOST;
            }
        };
    }

    private boolean mayKeep(EventHead head) {
        return switch (head.eventType()) {
            case PROCESS_EXEC, PROCESS_RUNNING, SIGNAL_DELIVERED -> selection.mayConcern(head) && mayConcern(head);
            case PROCESS_EXIT, SIGNAL_SENT -> mayTell(head);
            default -> true;
        };
    }

    private boolean mayConcern(EventHead head) {
        EventDetails details = head.details();
        return details == null || selection.mayConcern(details);
    }

    private boolean mayTell(EventHead head) {
        EventDetails details = head.details();
        return details == null
                || details.exitCode() != 0
                || details.fatal()
                || (selection.mayConcern(head) && selection.mayConcern(details));
    }

    /** To be called for what a {@link #prefilter} let pass, by one thread at a time. */
    public void add(EventRecord record) {
        ProcessSignalEvent event = record.event();
        if (!kept.add(event)) {
            return;
        }
        // With a code alone every process is asked for: only what tells of deaths is kept then.
        if (selection.isNamed() && selection.mayConcern(event)) {
            keep(chosen, record, MAX_CHOSEN);
        } else if (tellsOfDeath(event)) {
            keep(around, record, MAX_AROUND);
        }
    }

    /**
     * @param whole whether all partitions were read, so that holes are losses
     * @param part the time of which they were, if not all of the window
     */
    public Incident incident(boolean whole, Optional<Window> part) {
        List<EventRecord> records = new ArrayList<>(around);
        records.addAll(chosen);
        SequenceLedger seen = ledger.sequences();
        return Incident.of(
                records, whole && seen.isComplete() ? Holes.found(seen.holes(), part) : Holes.notLookedFor());
    }

    /** How many were more than can be kept. */
    public long dropped() {
        return dropped;
    }

    private void keep(Deque<EventRecord> kept, EventRecord record, int limit) {
        kept.add(record);
        if (kept.size() > limit) {
            kept.remove();
            dropped++;
        }
    }

    private static boolean tellsOfDeath(ProcessSignalEvent event) {
        ExitInfo exit = event.getExitInfo();
        SignalInfo signal = event.getSignalInfo();
        return event.getEventType() == EventType.EVENTS_LOST
                || event.getEventType() == EventType.OOM_KILL
                || event.getEventType() == EventType.CPU_THROTTLED
                || (exit != null && exit.getCode() != 0)
                || (signal != null && event.getEventType() == EventType.SIGNAL_SENT && signal.getFatal());
    }
}
