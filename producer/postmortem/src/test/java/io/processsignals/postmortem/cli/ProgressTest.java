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

        progress.sayIfDue(() -> "12 events read");

        assertThat(err).hasToString("");
    }

    @Test
    void speaksEveryTwoSeconds() {
        for (int i = 1; i <= 6; i++) {
            pass(Duration.ofMillis(700));
            int read = i;
            progress.sayIfDue(() -> read + " events read");
        }

        assertThat(err.toString().lines()).containsExactly("-- 3 events read", "-- 6 events read");
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
