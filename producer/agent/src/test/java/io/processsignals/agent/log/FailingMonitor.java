// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.log;

import io.processsignals.common.spool.SpoolMonitor;
import java.nio.file.Path;
import java.time.Instant;

/** Of a spool that may have no trouble: with it, a test or a measurement is worthless. */
public final class FailingMonitor implements SpoolMonitor {
    @Override
    public void foundUnclosed(String pid, Instant lastWritten) {
        throw new AssertionError("left by process " + pid);
    }

    @Override
    public void corrupted(Path segment, long offset, long bytes, String reason) {
        throw new AssertionError(reason);
    }

    @Override
    public void failing(String reason) {
        throw new AssertionError(reason);
    }

    @Override
    public void recovered() {
        throw new AssertionError("never failed");
    }

    @Override
    public void upkeepFailed(String reason) {
        throw new AssertionError(reason);
    }
}
