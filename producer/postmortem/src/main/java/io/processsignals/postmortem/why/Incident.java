// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.EventType;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The events of a window, put in order: processes, deaths, losses, throttling. */
public final class Incident {
    /** How long before an end, and after it, a loss may hide what mattered; microseconds. */
    private static final long BEFORE = 600_000_000L;

    private static final long AT_LEAST_BEFORE = 5_000_000L;
    private static final long AFTER = 10_000_000L;

    /** How near to an end throttling counts; microseconds. */
    private static final long THROTTLED = 60_000_000L;

    /** To see holes they must have events on both sides; and a cascade may take its time. */
    private static final Duration MARGIN = Duration.ofMinutes(5);

    private final List<EventRecord> records;
    private final List<Loss> losses;
    private final Optional<String> lossesLimit;
    private final Map<ProcessId, Death> deaths = new LinkedHashMap<>();

    /**
     * @param records as read; in each partition in its order
     * @param holes what a ledger of all partitions found missing
     */
    static Incident of(List<EventRecord> records, Holes holes) {
        return new Incident(records, holes);
    }

    /** Of a complete window: drops duplicates and looks for holes itself. */
    public static Incident of(List<EventRecord> records) {
        SequenceLedger ledger = new SequenceLedger();
        List<EventRecord> unique = new ArrayList<>();
        for (EventRecord record : records) {
            if (ledger.add(record.event())) {
                unique.add(record);
            }
        }
        return new Incident(unique, Holes.found(ledger.holes()));
    }

    private Incident(List<EventRecord> records, Holes holes) {
        this.records = List.copyOf(records);
        this.losses = new ArrayList<>(holes.losses());
        this.lossesLimit = holes.limit();
        Map<ProcessId, List<EventRecord>> processes = new LinkedHashMap<>();
        for (EventRecord record : records) {
            ProcessSignalEvent event = record.event();
            LostInfo lost = event.getLostInfo();
            if (event.getEventType() == EventType.EVENTS_LOST && lost != null) {
                losses.add(new Loss(
                        event.getNode(),
                        event.getBootId(),
                        lost.getLostHook(),
                        lost.getCount(),
                        lost.getFrom(),
                        lost.getTo(),
                        true));
            } else if (event.getTgid() != 0) {
                processes
                        .computeIfAbsent(ProcessId.of(event), id -> new ArrayList<>())
                        .add(record);
            }
        }
        processes.forEach((id, own) -> {
            own.sort(Comparator.comparingLong(record -> record.event().getBootTime()));
            Death death = new Death(id, own);
            if (death.isDead()) {
                deaths.put(id, death);
            }
        });
    }

    /** Everything, duplicates dropped. */
    public List<EventRecord> records() {
        return records;
    }

    /** Processes that ended, in the order of their first event. */
    public List<Death> deaths() {
        return List.copyOf(deaths.values());
    }

    Optional<Death> death(ProcessId id) {
        return Optional.ofNullable(deaths.get(id));
    }

    public List<Loss> losses() {
        return List.copyOf(losses);
    }

    /** Who or what ended it. */
    public Finding judge(Death death) {
        return VerdictRules.judge(death, lossesAround(death), lossesLimit);
    }

    /**
     * Losses on its node in the time that matters: its life, at most ten minutes of it and at least five seconds, until
     * shortly after its end.
     */
    public List<Loss> lossesAround(Death death) {
        ProcessId id = death.process();
        return losses.stream()
                .filter(loss -> loss.touches(id.node(), id.bootId(), lossesFrom(death), death.endTime() + AFTER))
                .toList();
    }

    private static long lossesFrom(Death death) {
        return Math.min(
                Math.max(death.process().startTime(), death.endTime() - BEFORE), death.endTime() - AT_LEAST_BEFORE);
    }

    /** The time of all that is looked at of others: losses, throttling, the deaths that led to it or follow from it. */
    public static Window around(Death death) {
        long begin = Math.min(lossesFrom(death), death.endTime() - THROTTLED);
        long caused = death.cause().map(Death.Cause::bootTime).orElse(begin);
        Instant end = death.lastEvent().getTimestamp();
        return new Window(
                end.minus(death.endTime() - Math.min(begin, caused), ChronoUnit.MICROS)
                        .minus(MARGIN),
                end.plus(AFTER, ChronoUnit.MICROS).plus(MARGIN),
                Duration.ZERO);
    }

    /**
     * In how many percent of its periods the process's cgroup, or one above, was throttled in the minute before its
     * end.
     */
    public OptionalLong throttledPercent(Death death) {
        long periods = 0;
        long throttled = 0;
        String path = death.container() == null ? null : death.container().getCgroupPath();
        if (path == null) {
            return OptionalLong.empty();
        }
        for (EventRecord record : throttles(death)) {
            periods += record.event().getThrottleInfo().getPeriods();
            throttled += record.event().getThrottleInfo().getThrottledPeriods();
        }
        return periods == 0 ? OptionalLong.empty() : OptionalLong.of(100 * throttled / periods);
    }

    /** CPU_THROTTLED of its cgroup, or one above, in the minute before its end. */
    List<EventRecord> throttles(Death death) {
        String path = death.container() == null ? null : death.container().getCgroupPath();
        List<EventRecord> found = new ArrayList<>();
        if (path == null) {
            return found;
        }
        for (EventRecord record : records) {
            ProcessSignalEvent event = record.event();
            if (event.getEventType() == EventType.CPU_THROTTLED
                    && event.getThrottleInfo() != null
                    && event.getContainer() != null
                    && event.getContainer().getCgroupPath() != null
                    && event.getNode().equals(death.process().node())
                    && (path + "/").startsWith(event.getContainer().getCgroupPath() + "/")
                    && Math.abs(death.endTime() - event.getBootTime()) <= THROTTLED) {
                found.add(record);
            }
        }
        return found;
    }
}
