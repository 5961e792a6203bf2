// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

/** The bytes of a record are no event; they never will be. */
public final class UndecodableEventException extends Exception {
    private static final long serialVersionUID = 1L;

    public UndecodableEventException(String message, Throwable cause) {
        super(message, cause);
    }
}
