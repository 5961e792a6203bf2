// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * The clocks that Java reaches without native code: {@code /proc/uptime}, which counts CLOCK_BOOTTIME in hundredths of
 * a second. Good enough for events that the agent makes itself while it observes nothing; off Linux it counts from the
 * start of the Java runtime's own clock.
 */
public final class UptimeClockPair implements ClockPair {
    private static final long NANOS_PER_TICK = 10_000_000;

    private final Path uptime;

    /** @param procRoot where procfs is mounted, usually {@code /proc} */
    public UptimeClockPair(Path procRoot) {
        this.uptime = procRoot.resolve("uptime");
    }

    @Override
    public void sample(long[] sample) {
        long before = bootNanos();
        Instant now = Instant.now();
        long after = bootNanos();
        sample[BOOT] = before + (after - before) / 2;
        sample[REAL] = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    private long bootNanos() {
        try {
            String text = Files.readString(uptime, StandardCharsets.US_ASCII);
            String hundredths = text.substring(0, text.indexOf(' ')).replace(".", "");
            return Long.parseLong(hundredths) * NANOS_PER_TICK;
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
            return System.nanoTime();
        }
    }
}
