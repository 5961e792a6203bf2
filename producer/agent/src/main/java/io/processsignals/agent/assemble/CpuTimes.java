// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

/**
 * Splits the exact run time of a process into user and system time by the ratio of its tick-based times, as the
 * kernel's {@code cputime_adjust()} (kernel/sched/cputime.c) does for getrusage(2): ticks alone are often 0 for a short
 * process.
 */
final class CpuTimes {
    private CpuTimes() {}

    /**
     * System time, microseconds; user time is the rest of the run time.
     *
     * @param runtimeMicros exact CPU time of all threads
     * @param userNs tick-based, not negative
     * @param systemNs tick-based, not negative
     */
    static long systemMicros(long runtimeMicros, long userNs, long systemNs) {
        if (systemNs == 0) {
            return 0;
        }
        if (userNs == 0) {
            return runtimeMicros;
        }
        // In floating point, since the product overflows a long after minutes of CPU time.
        double system = (double) runtimeMicros * systemNs / ((double) userNs + systemNs);
        return Math.min(runtimeMicros, (long) system);
    }
}
