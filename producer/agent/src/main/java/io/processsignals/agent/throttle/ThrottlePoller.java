// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.throttle;

import io.processsignals.agent.assemble.Throttling;
import io.processsignals.agent.identity.CgroupEntry;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.identity.CgroupListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code cpu.stat} of every container's cgroup again and again, on a thread of its own, and says by how much
 * throttling has grown. Which cgroups there are it is told, not by walking the tree. The figures of a container's last
 * interval vanish with its cgroup.
 */
public final class ThrottlePoller implements CgroupListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ThrottlePoller.class);

    private static final int MAX_WAITING = 1024;

    private final @Nullable CpuHierarchy hierarchy;
    private final Duration interval;
    private final LongSupplier bootMicros;
    private final Map<Long, Watched> cgroups = new ConcurrentHashMap<>();
    private final BlockingQueue<Throttling> found = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread thread = new Thread(this::run, "throttle");

    /**
     * @param containers the hierarchy that names containers
     * @param cgroupRoot what {@code /sys/fs/cgroup} of the host is called here
     * @param interval between two readings
     * @param bootMicros microseconds of CLOCK_BOOTTIME now; called on the thread of this
     */
    public ThrottlePoller(CgroupHierarchy containers, Path cgroupRoot, Duration interval, LongSupplier bootMicros) {
        this.hierarchy = CpuHierarchy.detect(containers, cgroupRoot).orElse(null);
        this.interval = interval;
        this.bootMicros = bootMicros;
        thread.setDaemon(true);
    }

    public void start() {
        if (hierarchy == null) {
            LOG.warn("CPU throttling is not reported: no cpu controller below cgroup.root");
            return;
        }
        thread.start();
    }

    /** The next growth of throttling; null if there is none now. */
    public @Nullable Throttling poll() {
        return found.poll();
    }

    @Override
    public void known(long id, CgroupEntry cgroup, long createdBootNanos) {
        if (!cgroup.isContainer() || cgroup.path() == null) {
            cgroups.remove(id);
            return;
        }
        // One that was made before our eyes has counted from 0; of the others we do not know since when.
        cgroups.put(
                id,
                createdBootNanos == 0
                        ? new Watched(cgroup.path().toString(), null, 0)
                        : new Watched(
                                cgroup.path().toString(),
                                CpuStat.NONE,
                                TimeUnit.NANOSECONDS.toMicros(createdBootNanos)));
    }

    @Override
    public void gone(long id) {
        cgroups.remove(id);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                readAll();
                TimeUnit.MILLISECONDS.sleep(interval.toMillis());
            }
        } catch (InterruptedException e) {
            LOG.debug("Ended", e); // as asked by close()
        }
    }

    /** One reading of every cgroup. */
    void readAll() {
        // Replaced unless it is gone or new meanwhile
        cgroups.forEach((id, watched) -> cgroups.replace(id, watched, read(id, watched)));
    }

    /** What to compare the next reading with. */
    private Watched read(long id, Watched watched) {
        CpuHierarchy cpu = hierarchy;
        Optional<CpuStat> stat = cpu == null ? Optional.empty() : cpu.stat(watched.path);
        if (cpu == null || stat.isEmpty()) {
            return watched;
        }
        long now = bootMicros.getAsLong();
        Watched next = new Watched(watched.path, stat.get(), now);
        if (watched.last == null || stat.get().isBefore(watched.last)) {
            return next;
        }
        CpuStat grown = stat.get().minus(watched.last);
        if (grown.throttledPeriods() == 0 && grown.throttledMicros() == 0) {
            return next;
        }
        CpuHierarchy.Limit limit = cpu.limit(watched.path);
        boolean taken = found.offer(new Throttling(
                id,
                watched.readMicros,
                now,
                grown.periods(),
                grown.throttledPeriods(),
                grown.throttledMicros(),
                limit.quotaMicros(),
                limit.periodMicros()));
        return taken ? next : watched; // else the next one covers both intervals
    }

    /** @param last null: not read yet */
    private record Watched(String path, @Nullable CpuStat last, long readMicros) {}
}
