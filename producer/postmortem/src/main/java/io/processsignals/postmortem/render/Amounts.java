// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import java.util.Locale;

/** Numbers as people read them. */
final class Amounts {
    private static final String[] BINARY_UNITS = {"KiB", "MiB", "GiB", "TiB"};

    private Amounts() {}

    /** {@code 512 B}, {@code 64.0 MiB}. */
    static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double amount = bytes / 1024.0;
        int unit = 0;
        while (amount >= 1024 && unit < BINARY_UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", amount, BINARY_UNITS[unit]);
    }

    /** Microseconds as {@code 1.2ms}, {@code 3.4s}, {@code 3h12m}: two units at most. */
    static String micros(long micros) {
        if (micros < 1_000) {
            return micros + "us";
        }
        if (micros < 1_000_000) {
            return String.format(Locale.ROOT, "%.1fms", Math.floor(micros / 100.0) / 10);
        }
        long seconds = micros / 1_000_000;
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1fs", Math.floor(micros / 100_000.0) / 10);
        }
        if (seconds < 3_600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        long minutes = seconds / 60;
        return minutes < 1_440
                ? minutes / 60 + "h" + minutes % 60 + "m"
                : minutes / 1_440 + "d" + minutes % 1_440 / 60 + "h";
    }

    /** {@code 1 period}, {@code 2 periods}. */
    static String count(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
