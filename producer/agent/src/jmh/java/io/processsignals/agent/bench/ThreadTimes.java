// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;

/** Processor time of groups of threads, which are told by how their names begin, from one moment to another. */
final class ThreadTimes {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Map<String, Long> before = new LinkedHashMap<>();
    private final long beginNanos = System.nanoTime();
    private final long processNanos = PROCESS.getProcessCpuTime();

    /** From now on. Threads that end meanwhile are not counted. */
    static ThreadTimes since(String... prefixes) {
        ThreadTimes times = new ThreadTimes();
        for (String prefix : prefixes) {
            times.before.put(prefix, cpuNanos(prefix));
        }
        return times;
    }

    /** Nanoseconds by now, by prefix; of the process's other threads; and what it left of all processors. */
    Map<String, Long> nanos() {
        Map<String, Long> spent = new LinkedHashMap<>();
        long wall = System.nanoTime() - beginNanos;
        long process = PROCESS.getProcessCpuTime() - processNanos;
        before.forEach((prefix, nanos) -> spent.put(prefix, cpuNanos(prefix) - nanos));
        long told = spent.values().stream().mapToLong(Long::longValue).sum();
        spent.put("others", process - told);
        spent.put("unused", wall * PROCESS.getAvailableProcessors() - process);
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
