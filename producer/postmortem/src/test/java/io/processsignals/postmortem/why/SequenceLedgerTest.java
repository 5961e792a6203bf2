// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.Events;
import io.processsignals.postmortem.source.EventHead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SequenceLedgerTest {
    private final SequenceLedger ledger = new SequenceLedger();

    private static ProcessSignalEvent event(long sequence) {
        return Events.kill(sequence).setBootTime(sequence * 10).build();
    }

    @Test
    void sameIdentityIsADuplicate() {
        assertThat(ledger.add(event(5))).isTrue();
        assertThat(ledger.add(event(5))).isFalse();
        assertThat(ledger.add(Events.exit(5).build())).isTrue();
    }

    @Test
    void findsTheSameHolesInAnyOrder() {
        Random random = new Random(4);
        for (int round = 0; round < 50; round++) {
            SequenceLedger shuffled = new SequenceLedger();
            SortedSet<Long> seen = new TreeSet<>();
            for (int i = 0; i < 400; i++) {
                seen.add(1_000_000L + random.nextInt(900));
            }
            List<Long> order = new ArrayList<>(seen);
            Collections.shuffle(order, random);
            order.forEach(sequence -> shuffled.add(event(sequence)));

            long missing = seen.last() - seen.first() + 1 - seen.size();
            assertThat(shuffled.holes().stream().mapToLong(Loss::count).sum()).isEqualTo(missing);
        }
    }

    @Test
    void boundsTheTimeOfAHole() {
        List.of(10L, 11L, 200L).forEach(sequence -> ledger.add(event(sequence)));

        assertThat(ledger.holes()).allSatisfy(hole -> {
            assertThat(hole.from()).isLessThanOrEqualTo(2_000);
            assertThat(hole.to()).isGreaterThanOrEqualTo(110);
        });
        assertThat(ledger.holes().stream().mapToLong(Loss::count).sum()).isEqualTo(188);
    }

    @Test
    void whatTwoThreadsSawIsWhatOneWouldHaveSeen() {
        Random random = new Random(5);
        List<Long> sequences = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            sequences.add(10_000L + random.nextInt(20_000));
        }
        WindowLedger window = new WindowLedger();
        List<WindowLedger.Share> shares = List.of(window.share(), window.share());

        sequences.forEach(sequence -> {
            ledger.add(event(sequence));
            shares.get(random.nextInt(2)).add(EventHead.of(event(sequence)));
        });

        assertThat(window.read()).isEqualTo(5_000);
        assertThat(window.sequences().holes()).isEqualTo(ledger.holes()).isNotEmpty();
    }
}
