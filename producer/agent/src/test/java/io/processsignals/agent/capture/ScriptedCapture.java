// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.raw.RawHook;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Plays batches that no kernel would write. */
final class ScriptedCapture implements CaptureSource {
    static final int CPUS = 2;
    static final long CAPTURE_ID = 123_456;

    final HookCounters kernel = new HookCounters(CPUS);
    final CountDownLatch played = new CountDownLatch(1);
    private final Queue<byte[]> batches = new ArrayDeque<>();
    private @Nullable CaptureException failure;
    private int unreleased;

    ScriptedCapture batch(byte[] batch) {
        batches.add(batch);
        return this;
    }

    /** After the batches. */
    ScriptedCapture failure(CaptureException exception) {
        failure = exception;
        return this;
    }

    void lost(int hook, int cpu, long sequence, long count, long priority, long lastLostNanos) {
        int offset = kernel.offset(hook, cpu);
        kernel.buffer().putLong(offset, sequence);
        kernel.buffer().putLong(offset + 8, count);
        kernel.buffer().putLong(offset + 16, priority);
        kernel.buffer().putLong(offset + 24, lastLostNanos);
    }

    void skippedRuns(int hook, long count) {
        kernel.buffer().putLong(kernel.offset(RawHook.COUNT - 1, CPUS - 1) + 32 + hook * Long.BYTES, count);
    }

    @Override
    public int poll(ByteBuffer buffer, int timeoutMillis, int silenceMillis) throws CaptureException {
        byte[] batch = batches.peek();
        if (batch == null) {
            played.countDown();
            if (failure != null) {
                throw failure;
            }
            return 0;
        }
        buffer.put(0, batch);
        unreleased++;
        return batch.length;
    }

    @Override
    public void release() {
        batches.remove();
        unreleased--;
    }

    @Override
    public void readCounters(HookCounters counters) {
        counters.buffer().put(0, kernel.buffer(), 0, kernel.buffer().capacity());
    }

    @Override
    public List<HookStatus> hooks() {
        return List.of();
    }

    @Override
    public long captureId() {
        return CAPTURE_ID;
    }

    @Override
    public int cpus() {
        return CPUS;
    }

    @Override
    public void close() {
        if (unreleased != 0) {
            throw new IllegalStateException("a batch was not released");
        }
    }
}
