// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SequenceTrackerTest {
    private static final Duration AGE = Duration.ofNanos(10);

    private final SequenceTracker tracker = new SequenceTracker();

    @Test
    void findsNothingMissingInAnyOrder() {
        for (long sequence : new long[] {3, 1, 2, 5, 4}) {
            add(sequence, 0);
        }
        assertThat(tracker.gaps(AGE, 100)).isEmpty();
    }

    @Test
    void tellsAHoleOnceAndOnlyWhenItIsOldEnough() {
        add(1, 0);
        add(5, 50);
        add(3, 50);

        assertThat(tracker.gaps(AGE, 59)).isEmpty();
        assertThat(tracker.gaps(AGE, 60)).containsExactly(new SequenceTracker.Gap("n1", Hook.PROCESS_EXIT, 2));
        assertThat(tracker.gaps(AGE, 70)).isEmpty();

        add(9, 80);
        assertThat(tracker.gaps(AGE, 90)).containsExactly(new SequenceTracker.Gap("n1", Hook.PROCESS_EXIT, 3));
    }

    @Test
    void countsWhatIsMissingBeforeTheFirst() {
        add(4, 0);
        assertThat(tracker.gaps(AGE, 100)).containsExactly(new SequenceTracker.Gap("n1", Hook.PROCESS_EXIT, 3));
    }

    @Test
    void takesAccountedLossesOff() {
        add(1, 0);
        add(10, 0);
        tracker.add(Events.lost(1, 8).build(), Instant.MIN, 0);
        assertThat(tracker.gaps(AGE, 100)).isEmpty();
    }

    @Test
    void keepsCountersOfCapturesApart() {
        add(1, 0);
        tracker.add(Events.exit(1).setCaptureId(8).build(), Instant.MIN, 0);
        tracker.add(Events.exit(2).setCpu(1).build(), Instant.MIN, 0);
        assertThat(tracker.gaps(AGE, 100)).containsExactly(new SequenceTracker.Gap("n1", Hook.PROCESS_EXIT, 1));
    }

    @Test
    void knowsDuplicates() {
        assertThat(add(1, 0)).isTrue();
        assertThat(add(3, 0)).isTrue();
        assertThat(add(2, 0)).isTrue();
        assertThat(add(2, 0)).isFalse();
        assertThat(add(3, 0)).isFalse();
    }

    @Test
    void saysNothingOfWhatWasBeforeItsStart() {
        Instant completeFrom = Events.START.plusSeconds(1);
        ProcessSignalEvent before = Events.exit(100).build();
        assertThat(tracker.add(before, completeFrom, 0)).isTrue();
        assertThat(tracker.add(Events.exit(105).build(), completeFrom, 0)).isTrue();
        assertThat(tracker.add(Events.exit(98).build(), completeFrom, 0)).isTrue();
        assertThat(tracker.add(Events.exit(103).build(), completeFrom, 0)).isTrue();
        assertThat(tracker.gaps(AGE, 100)).isEmpty();

        tracker.add(Events.exit(107).setTimestamp(completeFrom).build(), completeFrom, 0);
        assertThat(tracker.gaps(AGE, 100)).containsExactly(new SequenceTracker.Gap("n1", Hook.PROCESS_EXIT, 1));
    }

    @Test
    void staysExactWithMoreHolesThanItRemembers() {
        for (long sequence = 1; sequence <= 10_001; sequence += 2) {
            add(sequence, 0);
        }
        assertThat(tracker.gaps(AGE, 100)).containsExactly(new SequenceTracker.Gap("n1", Hook.PROCESS_EXIT, 5_000));
    }

    private boolean add(long sequence, long nowNanos) {
        return tracker.add(Events.exit(sequence).build(), Instant.MIN, nowNanos);
    }
}
