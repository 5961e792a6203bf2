// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** The types that the rate limit may hold back: {@code enum ps_bulk_type} of {@code bpf/process_signals_events.h}. */
public final class BulkType {
    /** PROCESS_EXEC. */
    public static final int EXEC = 0;

    /** PROCESS_EXIT. */
    public static final int EXIT = 1;

    /** SIGNAL_SENT. */
    public static final int SIGNAL_SENT = 2;

    /** SIGNAL_DELIVERED. */
    public static final int SIGNAL_DELIVERED = 3;

    /** How many types there are. */
    public static final int COUNT = 4;

    private BulkType() {}
}
