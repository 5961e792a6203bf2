// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ArrayPoolTest {
    private final ArrayPool pool = new ArrayPool(1_000);

    @Test
    void givesAnArrayOfJustTheLengthAndToOneAtATime() {
        byte[] ten = new byte[10];
        byte[] eleven = new byte[11];
        pool.give(ten);
        pool.give(eleven);

        assertThat(pool.take(11)).isSameAs(eleven);
        assertThat(pool.take(10)).isSameAs(ten);
        assertThat(pool.take(10)).hasSize(10).isNotSameAs(ten);
        assertThat(pool.take(0)).isEmpty();
    }

    @Test
    void keepsSeveralOfALength() {
        Set<byte[]> given = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 20; i++) {
            byte[] array = new byte[7];
            given.add(array);
            pool.give(array);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(given.remove(pool.take(7))).isTrue();
        }
    }

    @Test
    void forgetsWhatNobodyTakesWhenItIsFull() {
        byte[] stale = new byte[600];
        pool.give(stale);
        byte[] fresh = new byte[500];
        pool.give(fresh);

        assertThat(pool.take(600)).isNotSameAs(stale);
        assertThat(pool.take(500)).isSameAs(fresh);
    }

    @Test
    void doesNotKeepALongArray() {
        ArrayPool large = new ArrayPool(1 << 20);
        byte[] longOne = new byte[2_049];
        large.give(longOne);

        assertThat(large.take(2_049)).hasSize(2_049).isNotSameAs(longOne);
    }
}
