// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.CaptureOptions;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.capture.NativeCapture;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's hooks, attached: the ring keeps what happens until a {@link CapturePipeline} reads it.
 *
 * @param hooks every hook, attached or not
 */
record AttachedCapture(NativeCapture capture, List<HookStatus> hooks) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AttachedCapture.class);

    /** @throws CaptureException if the kernel cannot be observed; one line that says what to do */
    static AttachedCapture open(CaptureOptions options) throws CaptureException {
        NativeCapture capture = NativeCapture.open(options);
        boolean attached = false;
        try {
            capture.attach();
            AttachedCapture opened = new AttachedCapture(capture, capture.hooks());
            opened.log();
            attached = true;
            return opened;
        } finally {
            if (!attached) {
                capture.close();
            }
        }
    }

    private void log() {
        int attached = 0;
        for (HookStatus hook : hooks) {
            attached += hook.attached() ? 1 : 0;
        }
        LOG.info(
                "Capturing: {} of {} kernel hooks are attached{}",
                attached,
                hooks.size(),
                capture.isAdopted() ? ", found pinned" : "");
        for (HookStatus hook : hooks) {
            if (!hook.attached()) {
                LOG.info("Optional hook {} is not attached: {}", hook.hook(), hook.reason());
            }
        }
    }

    @Override
    public void close() {
        capture.close();
    }
}
