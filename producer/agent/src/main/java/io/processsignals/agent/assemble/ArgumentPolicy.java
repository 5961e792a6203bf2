// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

/** What becomes of the arguments of an exec. */
public enum ArgumentPolicy {
    /** What looks like a secret is hidden. */
    REDACTED,
    /** Left out. */
    OFF,
    /** Given as they are. */
    FULL
}
