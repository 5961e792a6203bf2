// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter err = new StringWriter();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // System.nanoTime() may overflow
    private final Progress progress = new Progress(new PrintWriter(err), now::get);

    @Test
    void staysSilentInAShortRun() {
        pass(Duration.ofMillis(1_900));

        assertThat(progress.isDue()).isFalse();
    }

    @Test
    void speaksAgainOnlyAfterAWhile() {
        pass(Duration.ofMillis(2_100));
        assertThat(progress.isDue()).isTrue();

        progress.say("12 events read");

        assertThat(progress.isDue()).isFalse();
        pass(Duration.ofMillis(2_100));
        assertThat(progress.isDue()).isTrue();
        assertThat(err).hasToString("-- 12 events read" + System.lineSeparator());
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
