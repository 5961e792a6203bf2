// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.Serial;

/** A record of the topic that is no event; the message says why. */
public final class ForeignRecordException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    ForeignRecordException(String message) {
        super(message, null, false, false); // frequent where it occurs at all: no stack trace
    }
}
