// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;

/** A segment's header makes no sense, so that nothing in it can be read. */
final class UnreadableSegmentException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean newer;

    UnreadableSegmentException(String message, boolean newer) {
        super(message);
        this.newer = newer;
    }

    UnreadableSegmentException(String message, boolean newer, Throwable cause) {
        super(message, cause);
        this.newer = newer;
    }

    /** Whether a newer version wrote it, and may read it again: then it is left alone. */
    boolean isNewer() {
        return newer;
    }
}
