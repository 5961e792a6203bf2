// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.StoredEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeSorterTest {
    private static StoredEvent stored(int partition, long offset, long millis) {
        ProcessSignalEvent event = Events.kill(offset + 1)
                .setTimestamp(Events.START.plusMillis(millis))
                .build();
        return new StoredEvent(
                new EventRecord(partition, offset, event),
                event.getTimestamp().toEpochMilli(),
                new byte[] {1, 2},
                Optional.of(new byte[] {3}));
    }

    private static List<StoredEvent> sorted(int memory, List<StoredEvent> events) throws Exception {
        List<StoredEvent> out = new ArrayList<>();
        try (TimeSorter sorter = new TimeSorter(memory)) {
            for (StoredEvent event : events) {
                sorter.add(event);
            }
            sorter.drain(out::add);
        }
        return out;
    }

    /** In memory, in a few runs, in a run for each event. */
    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 20_000, 1})
    void mergesPartitionsByTime(int memory) throws Exception {
        List<StoredEvent> events = new ArrayList<>();
        Random random = new Random(1);
        long[] times = new long[3];
        for (int i = 0; i < 300; i++) {
            int partition = random.nextInt(3);
            times[partition] += random.nextInt(5);
            events.add(stored(partition, i, times[partition]));
        }

        List<StoredEvent> sorted = sorted(memory, events);

        assertThat(sorted).hasSize(300);
        assertThat(sorted).extracting(each -> each.timestampMillis()).isSorted();
        assertThat(sorted.get(0).key()).containsExactly(1, 2);
        assertThat(sorted.get(0).wire().orElseThrow()).containsExactly(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 1})
    void keepsTheOrderOfANodeWhoseClockStepsBack(int memory) throws Exception {
        List<StoredEvent> sorted =
                sorted(memory, List.of(stored(0, 0, 100), stored(0, 1, 50), stored(1, 0, 70), stored(0, 2, 120)));

        assertThat(sorted)
                .extracting(
                        each -> each.record().partition() + "@" + each.record().offset())
                .containsExactly("1@0", "0@0", "0@1", "0@2");
    }
}
