// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.io.IOException;
import java.io.Serial;

/** Capturing is impossible, or has stopped. The message is one line that says what to do. */
public class CaptureException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    public CaptureException(String message) {
        super(message);
    }

    public CaptureException(String message, Throwable cause) {
        super(message, cause);
    }
}
