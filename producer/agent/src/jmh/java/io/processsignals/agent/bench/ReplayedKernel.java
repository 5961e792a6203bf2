// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.agent.capture.CaptureSource;
import io.processsignals.agent.capture.HookCounters;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.config.AgentConfig;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Gives the capture loop recorded records instead of the ring's, as fast as it takes them or at a rate. */
final class ReplayedKernel implements CaptureSource {
    /** What the ring holds when the kernel side wakes the reader: PS_WAKE_DIVISOR of programs.h. */
    private static final int WAKE_BYTES = AgentConfig.EBPF_RING_BYTES_DEFAULT / 4;

    private final RawPool pool;
    private volatile long events;
    private final double perNano;

    private long polled;
    private long released;
    private long startNanos;

    /**
     * @param events how many records, from the beginning of the pool again when it ends
     * @param perSecond 0: no limit
     */
    ReplayedKernel(RawPool pool, long events, long perSecond) {
        this.pool = pool;
        this.events = events;
        this.perNano = perSecond / 1e9;
    }

    /** So many records in all from now on. */
    void allow(long records) {
        events = records;
    }

    @Override
    public int poll(ByteBuffer buffer, int timeoutMillis, int silenceMillis) {
        if (startNanos == 0) {
            startNanos = System.nanoTime();
        }
        long due = due();
        if (due == 0 || (timeoutMillis > 0 && due * pool.offset(1) < WAKE_BYTES && perNano > 0)) {
            // A storm wakes the reader at once; a trickle is left to gather.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(perNano > 0 ? Math.max(1, timeoutMillis) : 1));
            due = due();
        }
        int bytes = 0;
        polled = released;
        while (polled - released < due) {
            int index = (int) (polled % pool.size());
            int length = pool.offset(index + 1) - pool.offset(index);
            if (bytes + length > buffer.capacity()) {
                break;
            }
            buffer.put(bytes, pool.bytes(), pool.offset(index), length);
            bytes += length;
            polled++;
        }
        return bytes;
    }

    private long due() {
        long all = perNano == 0 ? events : Math.min(events, (long) ((System.nanoTime() - startNanos) * perNano));
        return Math.max(0, all - released);
    }

    @Override
    public void release() {
        released = polled;
    }

    @Override
    public void readCounters(HookCounters counters) {
        // Nothing is lost.
    }

    @Override
    public List<HookStatus> hooks() {
        return List.of();
    }

    @Override
    public long captureId() {
        return 1;
    }

    @Override
    public int cpus() {
        return 1;
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
