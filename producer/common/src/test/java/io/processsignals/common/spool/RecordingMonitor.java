// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LossListener;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps what it is told. */
final class RecordingMonitor implements SpoolMonitor, LossListener {
    record Loss(LossStage stage, EventType type, boolean priority, long sequence) {}

    final ConcurrentLinkedQueue<Loss> losses = new ConcurrentLinkedQueue<>();
    final List<String> unclosed = new CopyOnWriteArrayList<>();
    final List<String> corruptions = new CopyOnWriteArrayList<>();
    final AtomicLong corruptedBytes = new AtomicLong();
    final List<String> failures = new CopyOnWriteArrayList<>();
    final List<String> upkeepFailures = new CopyOnWriteArrayList<>();
    final AtomicInteger recoveries = new AtomicInteger();

    List<Long> lostSequences() {
        return losses.stream().map(Loss::sequence).toList();
    }

    @Override
    public void lost(
            LossStage stage,
            EventType type,
            boolean priority,
            Hook hook,
            int cpu,
            long captureId,
            long sequence,
            long bootTimeMicros) {
        losses.add(new Loss(stage, type, priority, sequence));
    }

    @Override
    public void foundUnclosed(String pid, Instant lastWritten) {
        unclosed.add(pid);
    }

    @Override
    public void corrupted(Path segment, long offset, long bytes, String reason) {
        corruptions.add(segment.getFileName() + " at " + offset + ": " + bytes + " bytes, " + reason);
        corruptedBytes.addAndGet(bytes);
    }

    @Override
    public void failing(String reason) {
        failures.add(reason);
    }

    @Override
    public void recovered() {
        recoveries.incrementAndGet();
    }

    @Override
    public void upkeepFailed(String reason) {
        upkeepFailures.add(reason);
    }
}
