// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Puts the records of several partitions in the order of their time. */
final class TimeMerge {
    private static final Comparator<Head> BY_TIME = Comparator.comparing(
                    (Head head) -> head.first().event().getTimestamp())
            .thenComparingInt(head -> head.first().event().getNanoAdjust())
            .thenComparingInt(head -> head.first().partition());

    private TimeMerge() {}

    /** A partition's list and how far it is taken. */
    private record Head(List<EventRecord> records, int index) {
        EventRecord first() {
            return records.get(index);
        }
    }

    /**
     * Merges by time. The order inside each list is kept whatever its times say: it is the kernel's, while the wall
     * clock can step back.
     */
    static List<EventRecord> merge(Collection<List<EventRecord>> partitions) {
        PriorityQueue<Head> heads = new PriorityQueue<>(BY_TIME);
        int size = 0;
        for (List<EventRecord> records : partitions) {
            if (!records.isEmpty()) {
                heads.add(new Head(records, 0));
                size += records.size();
            }
        }
        List<EventRecord> merged = new ArrayList<>(size);
        for (Head head = heads.poll(); head != null; head = heads.poll()) {
            merged.add(head.first());
            if (head.index + 1 < head.records.size()) {
                heads.add(new Head(head.records, head.index + 1));
            }
        }
        return merged;
    }
}
