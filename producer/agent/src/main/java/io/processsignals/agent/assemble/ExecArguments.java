// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.common.codec.TextList;

/** Splits the arguments of an exec at their NULs and hides what the policy says. */
final class ExecArguments {
    private final ArgumentPolicy policy;
    private final Redactor redactor = new Redactor();

    ExecArguments(ArgumentPolicy policy) {
        this.policy = policy;
    }

    /**
     * Fills the list, or leaves it absent if the policy is OFF. Texts refer to the array.
     *
     * @param truncated whether the last argument may have been longer
     */
    void fill(TextList target, byte[] raw, int offset, int length, boolean truncated) {
        if (policy == ArgumentPolicy.OFF) {
            return;
        }
        target.begin();
        redactor.begin();
        int start = offset;
        int rawEnd = offset + length;
        while (start < rawEnd) {
            int end = start;
            while (end < rawEnd && raw[end] != 0) {
                end++;
            }
            if (policy == ArgumentPolicy.REDACTED) {
                redactor.redact(raw, start, end, truncated && end == rawEnd, target.add());
            } else {
                target.add().referToProcessText(raw, start, end - start);
            }
            start = end + 1;
        }
    }
}
