// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/** What a raw record is: {@code enum ps_record_type} of {@code bpf/process_signals_events.h}. */
public final class RecordType {
    /** A program was executed. */
    public static final int EXEC = 1;

    /** A process ended; one per process. */
    public static final int EXIT = 2;

    /** A signal was generated. */
    public static final int SIGNAL_SENT = 3;

    /** A signal was taken from the queue. */
    public static final int SIGNAL_DELIVERED = 4;

    /** The OOM killer marked a victim. */
    public static final int OOM_KILL = 5;

    /** A cgroup was made or removed; never becomes an event. */
    public static final int CGROUP = 6;

    /** A process that was there at the start; not in the ring, read from the task iterator. */
    public static final int RUNNING = 7;

    private RecordType() {}
}
