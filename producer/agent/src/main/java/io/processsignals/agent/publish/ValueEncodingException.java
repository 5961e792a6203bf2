// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

/** A value could not be made for a reason outside of it, such as a registry that does not answer; to be tried again. */
public final class ValueEncodingException extends Exception {
    private static final long serialVersionUID = 1L;

    public ValueEncodingException(String message, Throwable cause) {
        super(message, cause);
    }
}
