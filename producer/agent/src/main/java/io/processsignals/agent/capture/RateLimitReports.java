// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.assemble.AgentEvents;
import io.processsignals.agent.assemble.Suppression;
import io.processsignals.agent.raw.BulkType;
import io.processsignals.agent.raw.RateBucketFlyweight;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.EventType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An EVENTS_SUPPRESSED event for each cgroup and type that the kernel's rate limit held back, once a second. Their sum
 * is exactly what was held back: counts only grow, and the last ones are read as a bucket is removed.
 *
 * <p>A bucket is removed when its cgroup has been quiet for a minute, so that those of dead containers do not fill the
 * kernel's table.
 */
public final class RateLimitReports implements AgentEventSource {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimitReports.class);

    /** {@code max_entries} of the kernel's table. */
    private static final int MAX_BUCKETS = 4096;

    private static final long READ_MICROS = TimeUnit.SECONDS.toMicros(1);
    private static final long QUIET_MICROS = TimeUnit.MINUTES.toMicros(1);

    private final NativeCapture capture;
    private final AgentEvents events;
    private final LongSupplier bootMicros;
    private final ByteBuffer buckets = ByteBuffer.allocateDirect(MAX_BUCKETS * RateBucketFlyweight.BLOCK_LENGTH)
            .order(ByteOrder.nativeOrder());
    private final RateBucketFlyweight bucket = new RateBucketFlyweight();
    private final Map<Long, Told> told = new HashMap<>();
    private final ByteBuffer toldBuffer =
            ByteBuffer.allocateDirect(BulkType.COUNT * Long.BYTES).order(ByteOrder.nativeOrder());
    private final Set<Long> unkept = new HashSet<>();
    private final Queue<Suppression> suppressions = new ArrayDeque<>();
    private boolean committed;
    private long lastReadMicros;

    /** @param bootMicros microseconds of CLOCK_BOOTTIME now */
    public RateLimitReports(NativeCapture capture, AgentEvents events, LongSupplier bootMicros) {
        this.capture = capture;
        this.events = events;
        this.bootMicros = bootMicros;
        this.lastReadMicros = capture.captureId(); // programs may have been pinned before this agent
    }

    @Override
    public boolean next(EncodedEvent out) {
        long now = bootMicros.getAsLong();
        if (committed) {
            keepTold();
        }
        if (suppressions.isEmpty() && now - lastReadMicros >= READ_MICROS) {
            read(now);
        }
        Suppression next = suppressions.poll();
        committed = next == null; // what was appended is committed before this is asked again
        if (next == null) {
            return false;
        }
        events.suppressed(next, out);
        return true;
    }

    private void read(long now) {
        try {
            int count = capture.readSuppressed(buckets);
            for (int i = 0; i < count; i++) {
                tell(bucket.wrap(buckets, i * RateBucketFlyweight.BLOCK_LENGTH), now);
            }
            removeQuiet(now);
        } catch (CaptureException e) {
            LOG.warn("What the rate limit held back is not told: {}", e.getMessage());
        }
        lastReadMicros = now;
    }

    /** The next agent need not tell again what is safe in the log. */
    private void keepTold() {
        if (unkept.isEmpty()) {
            return;
        }
        try {
            for (long cgroupId : unkept) {
                Told counts = told.get(cgroupId);
                if (counts != null) {
                    for (int type = 0; type < BulkType.COUNT; type++) {
                        toldBuffer.putLong(type * Long.BYTES, counts.counts[type]);
                    }
                    capture.writeTold(cgroupId, toldBuffer);
                }
            }
        } catch (CaptureException e) {
            LOG.warn("A restarted agent will tell again what the rate limit held back: {}", e.getMessage());
        }
        unkept.clear();
    }

    private Told toldBefore(long cgroupId, long now) throws CaptureException {
        Told before = told.get(cgroupId);
        if (before == null) {
            before = new Told();
            before.grewMicros = now;
            capture.readTold(cgroupId, toldBuffer);
            for (int type = 0; type < BulkType.COUNT; type++) {
                before.counts[type] = toldBuffer.getLong(type * Long.BYTES);
            }
            told.put(cgroupId, before);
        }
        return before;
    }

    private void tell(RateBucketFlyweight current, long now) throws CaptureException {
        Told before = toldBefore(current.cgroupId(), now);
        for (int type = 0; type < BulkType.COUNT; type++) {
            long grown = current.suppressed(type) - before.counts[type];
            if (grown > 0) {
                before.counts[type] += grown;
                before.grewMicros = now;
                unkept.add(current.cgroupId());
                suppressions.add(new Suppression(current.cgroupId(), type(type), grown, lastReadMicros, now));
            }
        }
    }

    private void removeQuiet(long now) throws CaptureException {
        for (Iterator<Map.Entry<Long, Told>> each = told.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Long, Told> entry = each.next();
            if (now - entry.getValue().grewMicros < QUIET_MICROS) {
                continue;
            }
            if (capture.forgetCgroup(entry.getKey(), buckets)) {
                tell(bucket.wrap(buckets, 0), now);
            }
            each.remove();
        }
    }

    private static EventType type(int bulkType) {
        return switch (bulkType) {
            case BulkType.EXEC -> EventType.PROCESS_EXEC;
            case BulkType.EXIT -> EventType.PROCESS_EXIT;
            case BulkType.SIGNAL_SENT -> EventType.SIGNAL_SENT;
            case BulkType.SIGNAL_DELIVERED -> EventType.SIGNAL_DELIVERED;
            default -> EventType.UNKNOWN;
        };
    }

    private static final class Told {
        private final long[] counts = new long[BulkType.COUNT];
        private long grewMicros;
    }
}
