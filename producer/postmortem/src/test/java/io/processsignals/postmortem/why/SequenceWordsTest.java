// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SequenceWordsTest {
    private final SequenceWords words = new SequenceWords();

    @Test
    void keepsWordsOfAllNumbers() {
        Random random = new Random(11);
        TreeMap<Long, Long> expected = new TreeMap<>();
        for (int i = 0; i < 20_000; i++) {
            // Dense, sparse, and as only a damaged record has them
            long number = switch (i % 4) {
                case 0, 1 -> 4_000L + random.nextInt(3_000);
                case 2 -> random.nextLong() >> 6;
                default -> (long) random.nextInt(1_000) << 32;
            };
            long bit = 1L << random.nextInt(64);
            int found = words.find(number);
            assertThat(found >= 0).isEqualTo(expected.containsKey(number));

            boolean fresh = words.add(found < 0 ? words.insert(number) : found, bit, i, i);

            assertThat(fresh).isEqualTo((expected.getOrDefault(number, 0L) & bit) == 0);
            expected.merge(number, bit, (known, more) -> known | more);
        }

        assertThat(words.sorted()).extracting(SequenceWords.Word::number).containsExactlyElementsOf(expected.keySet());
        assertThat(words.sorted()).extracting(SequenceWords.Word::bits).containsExactlyElementsOf(expected.values());
    }

    @Test
    void keepsTheFirstAndTheLastTime() {
        int at = words.insert(0);
        words.add(at, 1, 20, 20);
        words.add(at, 2, 10, 10);
        words.add(at, 4, 30, 30);

        assertThat(words.sorted()).containsExactly(new SequenceWords.Word(0, 7, 10, 30));
    }
}
