// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.EventType;
import io.processsignals.postmortem.Events;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventFilterTest {
    @Test
    void takesAllWithoutAChoice() {
        assertThat(filter(List.of(), List.of(), List.of()))
                .accepts(Events.kill(1).build(), Events.exit(1).build());
    }

    @Test
    void matchesTheWholeNameLiterally() {
        EventFilter filter = filter(List.of(), List.of(), List.of("s.eep", "slee"));
        assertThat(filter).rejects(Events.exit(1).build());
        assertThat(filter).accepts(Events.exit(1).setCommand("s.eep").build());
    }

    @Test
    void matchesWildcards() {
        EventFilter filter = filter(List.of(), List.of(), List.of("sl??p", "kworker/*"));
        assertThat(filter)
                .accepts(
                        Events.exit(1).build(),
                        Events.exit(1).setCommand("kworker/0:1").build());
        assertThat(filter).rejects(Events.exit(1).setCommand("xsleep").build());
    }

    @Test
    void matchesALongNameByWhatTheKernelKeeps() {
        assertThat(filter(List.of(), List.of(), List.of("containerd-shim-runc-v2")))
                .accepts(Events.exit(1).setCommand("containerd-shim").build());
    }

    @Test
    void matchesThreadsByTheirOwnId() {
        assertThat(filter(List.of(), List.of(43), List.of()))
                .accepts(Events.kill(1).setPid(43).build())
                .rejects(Events.kill(1).build());
    }

    @Test
    void hidesLossesOnlyByType() {
        assertThat(filter(List.of(), List.of(1), List.of("x")))
                .accepts(Events.lost(1, 1).build());
        assertThat(filter(List.of(EventType.PROCESS_EXIT), List.of(), List.of()))
                .rejects(Events.lost(1, 1).build());
    }

    private static EventFilter filter(List<EventType> types, List<Integer> pids, List<String> commands) {
        return new EventFilter(types, pids, commands);
    }
}
