// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.IOException;
import java.io.Serial;

/** Events cannot be read; the message is one line for the user that says what to do. */
public final class SourceException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    public SourceException(String message) {
        super(message);
    }

    public SourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
