// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

/** What the kernel does with a signal that its target neither handles nor ignores: signal(7). */
public enum DefaultAction {
    TERMINATE,
    /** Terminate with a core dump. */
    CORE,
    IGNORE,
    STOP,
    CONTINUE;

    /** Whether it ends the process. */
    public boolean isFatal() {
        return this == TERMINATE || this == CORE;
    }
}
