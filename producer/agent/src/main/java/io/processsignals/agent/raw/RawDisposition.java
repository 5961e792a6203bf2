// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** What a target would do with a signal: {@code enum ps_disposition} of {@code bpf/process_signals_events.h}. */
public final class RawDisposition {
    /** Not known. */
    public static final int UNKNOWN = 0;

    /** Takes the default action. */
    public static final int DEFAULT = 1;

    /** Has a handler. */
    public static final int HANDLED = 2;

    /** Ignores it. */
    public static final int IGNORED = 3;

    private RawDisposition() {}
}
