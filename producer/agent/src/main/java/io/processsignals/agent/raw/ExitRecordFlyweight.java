// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * {@code struct ps_exit_record}. The cause is in the record only with {@link RecordFlags#CAUSE}.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                       header (40 bytes)                       |  0
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                       process (88 bytes)                      |  40
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                          wait_status                          |  128
 * +---------------------------------------------------------------+
 * |                              pad                              |  132
 * +---------------------------------------------------------------+
 * |                           runtime_ns                          |  136
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                            user_ns                            |  144
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                           system_ns                           |  152
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                         max_rss_pages                         |  160
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                       cause (112 bytes)                       |  168
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class ExitRecordFlyweight extends Flyweight {
    /** Bytes of a record without a cause. */
    public static final int BLOCK_LENGTH = 168;

    public static final int HEADER_FIELD_OFFSET = 0;
    public static final int PROCESS_FIELD_OFFSET = 40;
    public static final int WAIT_STATUS_FIELD_OFFSET = 128;
    public static final int RUNTIME_NS_FIELD_OFFSET = 136;
    public static final int USER_NS_FIELD_OFFSET = 144;
    public static final int SYSTEM_NS_FIELD_OFFSET = 152;
    public static final int MAX_RSS_PAGES_FIELD_OFFSET = 160;
    public static final int CAUSE_FIELD_OFFSET = 168;

    /** Bytes of a record with a cause. */
    public static final int LENGTH_WITH_CAUSE = 280;

    /** Makes this a view of the struct at {@code offset}. */
    public ExitRecordFlyweight wrap(byte[] array, int offset) {
        set(array, offset);
        return this;
    }

    /** The header. */
    public RecordHeaderFlyweight header(RecordHeaderFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + HEADER_FIELD_OFFSET);
    }

    /** The process that the record is about. */
    public ProcessFlyweight process(ProcessFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + PROCESS_FIELD_OFFSET);
    }

    /** As {@code wait4(2)} would give it. */
    public int waitStatus() {
        return s32(WAIT_STATUS_FIELD_OFFSET);
    }

    /** Nanoseconds of CPU time of all its threads, the scheduler's clock. */
    public long runtimeNs() {
        return s64(RUNTIME_NS_FIELD_OFFSET);
    }

    /** Tick-based user time: only its ratio to {@link #systemNs()} is good. */
    public long userNs() {
        return s64(USER_NS_FIELD_OFFSET);
    }

    /** Tick-based system time. */
    public long systemNs() {
        return s64(SYSTEM_NS_FIELD_OFFSET);
    }

    /** High-water mark of resident memory, pages of the node's page size. */
    public long maxRssPages() {
        return s64(MAX_RSS_PAGES_FIELD_OFFSET);
    }

    /** What ended it; only with {@link RecordFlags#CAUSE}. */
    public CauseFlyweight cause(CauseFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + CAUSE_FIELD_OFFSET);
    }
}
