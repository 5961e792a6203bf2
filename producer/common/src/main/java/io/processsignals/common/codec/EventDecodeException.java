// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import java.io.IOException;

/** Bytes that are no event, or none that the reader's schema can take. */
public final class EventDecodeException extends IOException {
    private static final long serialVersionUID = 1L;

    EventDecodeException(String message) {
        super(message);
    }

    EventDecodeException(String message, Throwable cause) {
        super(message, cause);
    }
}
