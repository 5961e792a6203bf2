// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.common.codec.TextList;
import java.nio.ByteBuffer;

/** Splits the arguments of an exec at their NULs and hides what the policy says. Reuses its buffers. */
final class ExecArguments {
    private final ArgumentPolicy policy;
    private final Redactor redactor = new Redactor();
    private byte[] bytes = new byte[0];

    ExecArguments(ArgumentPolicy policy) {
        this.policy = policy;
    }

    /**
     * Fills the list, or leaves it absent if the policy is OFF.
     *
     * @param truncated whether the last argument may have been longer
     */
    void fill(TextList target, ByteBuffer raw, int offset, int length, boolean truncated) {
        if (policy == ArgumentPolicy.OFF) {
            return;
        }
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, 2 * bytes.length)];
        }
        raw.get(offset, bytes, 0, length);
        target.begin();
        redactor.begin();
        int start = 0;
        while (start < length) {
            int end = start;
            while (end < length && bytes[end] != 0) {
                end++;
            }
            if (policy == ArgumentPolicy.REDACTED) {
                redactor.redact(bytes, start, end, truncated && end == length, target.add());
            } else {
                target.add().setProcessText(bytes, start, end - start);
            }
            start = end + 1;
        }
    }
}
