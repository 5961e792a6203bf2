// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;

/** The spool cannot be opened; the message is one line that says why and what to do. */
public final class SpoolException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean inUse;

    SpoolException(String message) {
        this(message, false);
    }

    private SpoolException(String message, boolean inUse) {
        super(message);
        this.inUse = inUse;
    }

    static SpoolException inUse(String message) {
        return new SpoolException(message, true);
    }

    SpoolException(String message, Throwable cause) {
        super(message, cause);
        this.inUse = false;
    }

    /** Whether another process has the spool open; its events would be mixed with ours. */
    public boolean isInUse() {
        return inUse;
    }
}
