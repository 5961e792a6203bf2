// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds what is missing: sequences count without holes per (node, bootId, captureId, hook, cpu), so that a hole which
 * no EVENTS_LOST accounts for is an event that nobody knows to be lost. Events of one counter lie in several partitions
 * and arrive out of order: a hole is one only after a while.
 *
 * <p>Bounded: it follows the {@value #MAX_COUNTERS} counters used last and {@value #MAX_HOLES} holes of each.
 */
public final class SequenceTracker {
    private static final int MAX_COUNTERS = 100_000;
    private static final int MAX_HOLES = 1_000;

    /**
     * Events missing without an account.
     *
     * @param node whose
     * @param hook which hook counted them
     * @param count how many
     */
    public record Gap(String node, Hook hook, long count) {}

    private record CounterId(String node, String bootId, long captureId, Hook hook, int cpu) {}

    /** Losses are told per hook, for one CPU or for all of them. */
    private record HookId(String node, String bootId, Hook hook) {}

    private final Map<CounterId, Counter> counters = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<CounterId, Counter> eldest) {
            return size() > MAX_COUNTERS;
        }
    };

    private final Map<HookId, Account> accounts = new HashMap<>();

    /**
     * Takes an event into account.
     *
     * @param completeFrom holes among events before this wall-clock time are none: see {@link TopicReader#completeFrom}
     * @param nowNanos {@link System#nanoTime}
     * @return false if an event with this identity was seen before
     */
    public boolean add(ProcessSignalEvent event, Instant completeFrom, long nowNanos) {
        LostInfo lost = event.getLostInfo();
        if (event.getEventType() == EventType.EVENTS_LOST && lost != null) {
            account(event.getNode(), event.getBootId(), lost.getLostHook()).explained += lost.getCount();
        }
        CounterId id = new CounterId(
                event.getNode(), event.getBootId(), event.getCaptureId(), event.getHook(), event.getCpu());
        boolean complete = !event.getTimestamp().isBefore(completeFrom);
        Counter counter = counters.get(id);
        if (counter == null) {
            // Counters begin with 1, so that a reader of the whole topic sees a hole at the very front as well.
            counter = new Counter(completeFrom.equals(Instant.MIN) ? 0 : event.getSequence() - 1);
            counters.put(id, counter);
        }
        return counter.add(event.getSequence(), complete, nowNanos);
    }

    /** What has been missing for at least so long and is not accounted for; what was returned once is not again. */
    public List<Gap> gaps(Duration age, long nowNanos) {
        Map<HookId, Long> missing = new HashMap<>();
        counters.forEach((id, counter) -> {
            long count = counter.missing(nowNanos - age.toNanos());
            if (count > 0) {
                missing.merge(new HookId(id.node, id.bootId, id.hook), count, Long::sum);
            }
        });
        List<Gap> gaps = new ArrayList<>();
        missing.forEach((id, count) -> {
            Account account = account(id.node, id.bootId, id.hook);
            long unexplained = count - account.explained - account.reported;
            if (unexplained > 0) {
                account.reported += unexplained;
                gaps.add(new Gap(id.node, id.hook, unexplained));
            }
        });
        return gaps;
    }

    private Account account(String node, String bootId, Hook hook) {
        return accounts.computeIfAbsent(new HookId(node, bootId, hook), id -> new Account());
    }

    private static final class Account {
        long explained;
        long reported;
    }

    /** Sequences [first, last] that have not come, since when. */
    private record Hole(long first, long last, long sinceNanos) {}

    private static final class Counter {
        private long highest;

        /** Nothing can be said of sequences up to here: they are from before the reader's start. */
        private long base;

        private final TreeMap<Long, Hole> holes = new TreeMap<>();
        private long given;

        Counter(long highest) {
            this.highest = highest;
            this.base = highest;
        }

        boolean add(long sequence, boolean complete, long nowNanos) {
            if (sequence > highest) {
                if (complete && sequence > highest + 1) {
                    put(new Hole(highest + 1, sequence - 1, nowNanos));
                }
                highest = sequence;
                base = complete ? base : sequence;
                return true;
            }
            if (sequence <= base) {
                return true;
            }
            Map.Entry<Long, Hole> below = holes.floorEntry(sequence);
            if (below == null || below.getValue().last < sequence) {
                return false;
            }
            Hole hole = below.getValue();
            holes.remove(hole.first);
            if (hole.first < sequence) {
                put(new Hole(hole.first, sequence - 1, hole.sinceNanos));
            }
            if (sequence < hole.last) {
                put(new Hole(sequence + 1, hole.last, hole.sinceNanos));
            }
            return true;
        }

        long missing(long beforeNanos) {
            long missing = given;
            for (Hole hole : holes.values()) {
                if (hole.sinceNanos - beforeNanos <= 0) {
                    missing += hole.last - hole.first + 1;
                }
            }
            return missing;
        }

        private void put(Hole hole) {
            holes.put(hole.first, hole);
            if (holes.size() > MAX_HOLES) {
                Hole oldest = holes.pollFirstEntry().getValue();
                given += oldest.last - oldest.first + 1;
            }
        }
    }
}
