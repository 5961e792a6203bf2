// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.faults.LogLines;
import org.junit.jupiter.api.Test;

class PinnedBacklogTest {
    private static final int FULL = 1000;

    @Test
    void saidOnceWithAllBatchesUpToTheFirstWithRoomLeft() {
        try (LogLines log = LogLines.of(PinnedBacklog.class)) {
            PinnedBacklog backlog = new PinnedBacklog(true, FULL);
            backlog.drained(FULL);
            backlog.drained(FULL + 24);
            assertThat(log.lines()).isEmpty();

            backlog.drained(76);
            backlog.drained(FULL);
            backlog.drained(0);

            assertThat(log.lines()).singleElement().asString().startsWith("The pinned ring is read: 2100 bytes in ");
        }
    }

    @Test
    void nothingSaidOfProgramsThatWereNotFoundRunning() {
        try (LogLines log = LogLines.of(PinnedBacklog.class)) {
            PinnedBacklog backlog = new PinnedBacklog(false, FULL);
            backlog.drained(FULL);
            backlog.drained(0);

            assertThat(log.lines()).isEmpty();
        }
    }
}
