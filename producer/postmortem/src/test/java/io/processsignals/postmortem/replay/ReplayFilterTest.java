// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.source.EventHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayFilterTest {
    private static final ReplayFilter ALL = filter(Set.of(), Set.of(), Set.of());

    private static ReplayFilter filter(Set<String> pods, Set<String> containers, Set<Integer> signals) {
        return new ReplayFilter(Set.of(), pods, containers, Set.of(), Set.of(), signals);
    }

    private static List<ProcessSignalEvent> events() {
        List<ProcessSignalEvent> events = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ProcessSignalEvent.Builder event = i % 2 == 0 ? Events.kill(i) : Events.exit(i);
            events.add(event.setContainer(i % 3 == 0 ? null : Events.container("pay", "api-" + i, i))
                    .build());
        }
        events.add(Events.lost(1, 5).build());
        return events;
    }

    private static List<Long> kept(ReplayFilter filter) {
        return events().stream()
                .filter(filter::test)
                .map(ProcessSignalEvent::getSequence)
                .toList();
    }

    @Test
    void choosesByNamespacePodContainerAndSignal() {
        assertThat(kept(filter(Set.of("pay"), Set.of(), Set.of())))
                .containsExactly(1L, 2L, 4L, 5L, 7L, 8L, 10L, 11L, 1L);
        assertThat(kept(filter(Set.of("pay/api-1", "pay/api-10"), Set.of(), Set.of())))
                .containsExactly(1L, 10L, 1L);
        assertThat(kept(filter(Set.of("pay/api-1x", "payx", "pa/yapi-1", "pay/"), Set.of(), Set.of())))
                .containsExactly(1L);
        assertThat(kept(filter(Set.of(), Set.of("0".repeat(63) + "b"), Set.of())))
                .containsExactly(11L, 1L);
        assertThat(kept(filter(Set.of(), Set.of(), Set.of(9)))).containsExactly(0L, 2L, 4L, 6L, 8L, 10L, 1L);
        assertThat(kept(filter(Set.of(), Set.of(), Set.of(15)))).containsExactly(1L);
    }

    @Test
    void aHeadNeverRefusesWhatTheWholeEventIsKeptFor() {
        List<ReplayFilter> filters = List.of(
                ALL,
                filter(Set.of("pay"), Set.of(), Set.of(9)),
                filter(Set.of("pay/api-4"), Set.of(), Set.of()),
                filter(Set.of(), Set.of("0".repeat(60)), Set.of()),
                new ReplayFilter(
                        Set.of("n1"), Set.of(), Set.of(), Set.of(42), Set.of(EventType.PROCESS_EXIT), Set.of()));
        for (ReplayFilter filter : filters) {
            for (ProcessSignalEvent event : events()) {
                if (filter.test(event)) {
                    assertThat(filter.head(EventHead.of(event)))
                            .as("%s %s", filter, event)
                            .isTrue();
                }
            }
        }
    }
}
