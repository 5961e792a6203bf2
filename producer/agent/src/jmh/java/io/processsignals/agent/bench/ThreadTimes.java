// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;

/** Processor time of groups of threads, which are told by how their names begin, from one moment to another. */
final class ThreadTimes {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Map<String, Long> before = new LinkedHashMap<>();

    /** From now on. Threads that end meanwhile are not counted. */
    static ThreadTimes since(String... prefixes) {
        ThreadTimes times = new ThreadTimes();
        for (String prefix : prefixes) {
            times.before.put(prefix, cpuNanos(prefix));
        }
        return times;
    }

    /** Nanoseconds by now, by prefix. */
    Map<String, Long> nanos() {
        Map<String, Long> spent = new LinkedHashMap<>();
        before.forEach((prefix, nanos) -> spent.put(prefix, cpuNanos(prefix) - nanos));
        return spent;
    }

    /** Nanoseconds of processor time of the live threads whose names begin so. */
    static long cpuNanos(String... prefixes) {
        long nanos = 0;
        for (ThreadInfo thread : THREADS.dumpAllThreads(false, false, 0)) {
            for (String prefix : prefixes) {
                if (thread.getThreadName().startsWith(prefix)) {
                    nanos += Math.max(0, THREADS.getThreadCpuTime(thread.getThreadId()));
                }
            }
        }
        return nanos;
    }
}
