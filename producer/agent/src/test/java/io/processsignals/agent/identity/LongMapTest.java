// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongMapTest {
    @Test
    void behavesAsAMapThroughAnyMixOfPutAndRemove() {
        Random random = new Random(1);
        LongMap<Integer> map = new LongMap<>();
        Map<Long, Integer> model = new HashMap<>();
        for (int i = 0; i < 300_000; i++) {
            // Few keys, some that collide, zero and negative ones among them.
            long key = (random.nextInt(500) - 50L) * (random.nextBoolean() ? 1L : 1L << 40);
            if (random.nextInt(5) < 3) {
                map.put(key, i);
                model.put(key, i);
            } else {
                map.remove(key);
                model.remove(key);
            }
            assertThat(map.size()).isEqualTo(model.size());
            long probe = random.nextInt(500) - 50L;
            assertThat(map.get(probe)).isEqualTo(model.get(probe));
        }
        model.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
    }
}
