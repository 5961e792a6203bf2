// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.util.Locale;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells that the wall clock was set: by how much, in nanoseconds. */
public final class ClockSteps implements LongConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(ClockSteps.class);

    private final CaptureObserver observer;

    public ClockSteps(CaptureObserver observer) {
        this.observer = observer;
    }

    @Override
    public void accept(long nanos) {
        observer.clockStepped();
        LOG.warn(
                "The wall clock was set {} by {} s: timestamps of events before and after do not compare, bootTime does",
                nanos < 0 ? "back" : "forward",
                String.format(Locale.ROOT, "%.3f", Math.abs(nanos) / 1e9));
    }
}
