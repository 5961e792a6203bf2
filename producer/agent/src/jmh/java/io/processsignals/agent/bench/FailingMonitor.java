// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import io.processsignals.common.spool.SpoolMonitor;
import java.nio.file.Path;

/** A spool that has trouble makes a measurement worthless. */
final class FailingMonitor implements SpoolMonitor {
    @Override
    public void corrupted(Path segment, long offset, long bytes, String reason) {
        throw new IllegalStateException(reason);
    }

    @Override
    public void failing(String reason) {
        throw new IllegalStateException(reason);
    }

    @Override
    public void recovered() {
        // Never failed.
    }

    @Override
    public void upkeepFailed(String reason) {
        throw new IllegalStateException(reason);
    }
}
