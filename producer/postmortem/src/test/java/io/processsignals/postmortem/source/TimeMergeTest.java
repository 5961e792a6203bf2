// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.postmortem.Events;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeMergeTest {
    @Test
    void ordersByMicrosecondsThenNanoseconds() {
        assertThat(offsets(List.of(List.of(record(0, 10, 3, 0)), List.of(record(1, 11, 1, 0), record(1, 12, 3, 5)))))
                .containsExactly(11L, 10L, 12L);
    }

    @Test
    void neverReordersAPartition() {
        // The clock stepped back between 10 and 11.
        assertThat(offsets(List.of(
                        List.of(record(0, 10, 9, 0), record(0, 11, 2, 0)),
                        List.of(record(1, 20, 5, 0), record(1, 21, 9, 1)))))
                .containsExactly(20L, 10L, 11L, 21L);
    }

    @Test
    void mergesNothing() {
        assertThat(TimeMerge.merge(List.of(List.of(), List.of()))).isEmpty();
    }

    private static List<Long> offsets(List<List<EventRecord>> partitions) {
        return TimeMerge.merge(partitions).stream().map(EventRecord::offset).toList();
    }

    private static EventRecord record(int partition, long offset, long second, int nanos) {
        return new EventRecord(
                partition,
                offset,
                Events.exit(1)
                        .setTimestamp(Events.START.plusSeconds(second))
                        .setNanoAdjust(nanos)
                        .build());
    }
}
