// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

/**
 * {@code struct ps_oom_record}: the process of the record is the victim.
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
 * |                       trigger (88 bytes)                      |  128
 * |                              ...                              |
 * +---------------------------------------------------------------+
 * |                         total_vm_pages                        |  216
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                         anon_rss_pages                        |  224
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                         file_rss_pages                        |  232
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                        shmem_rss_pages                        |  240
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                         pgtables_bytes                        |  248
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                          limit_pages                          |  256
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                          usage_pages                          |  264
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                       limiting_cgroup_id                      |  272
 * |                                                               |
 * +---------------------------------------------------------------+
 * |                             points                            |  280
 * |                                                               |
 * +---------------------------------------------------------------+
 * |         oom_score_adj         |   constraint  |                                      pad                                      |  288
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class OomRecordFlyweight extends Flyweight {
    /** Bytes of the struct. */
    public static final int BLOCK_LENGTH = 296;

    public static final int HEADER_FIELD_OFFSET = 0;
    public static final int PROCESS_FIELD_OFFSET = 40;
    public static final int TRIGGER_FIELD_OFFSET = 128;
    public static final int TOTAL_VM_PAGES_FIELD_OFFSET = 216;
    public static final int ANON_RSS_PAGES_FIELD_OFFSET = 224;
    public static final int FILE_RSS_PAGES_FIELD_OFFSET = 232;
    public static final int SHMEM_RSS_PAGES_FIELD_OFFSET = 240;
    public static final int PGTABLES_BYTES_FIELD_OFFSET = 248;
    public static final int LIMIT_PAGES_FIELD_OFFSET = 256;
    public static final int USAGE_PAGES_FIELD_OFFSET = 264;
    public static final int LIMITING_CGROUP_ID_FIELD_OFFSET = 272;
    public static final int POINTS_FIELD_OFFSET = 280;
    public static final int OOM_SCORE_ADJ_FIELD_OFFSET = 288;
    public static final int CONSTRAINT_FIELD_OFFSET = 290;

    /** Makes this a view of the struct at {@code offset}. */
    public OomRecordFlyweight wrap(byte[] array, int offset) {
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

    /** The task that ran out of memory: often a bystander. */
    public ProcessFlyweight trigger(ProcessFlyweight flyweight) {
        return flyweight.wrap(array(), offset() + TRIGGER_FIELD_OFFSET);
    }

    /** Virtual size of the victim, pages. */
    public long totalVmPages() {
        return s64(TOTAL_VM_PAGES_FIELD_OFFSET);
    }

    /** Resident anonymous memory of the victim, pages. */
    public long anonRssPages() {
        return s64(ANON_RSS_PAGES_FIELD_OFFSET);
    }

    /** Resident file memory of the victim, pages. */
    public long fileRssPages() {
        return s64(FILE_RSS_PAGES_FIELD_OFFSET);
    }

    /** Resident shared memory of the victim, pages. */
    public long shmemRssPages() {
        return s64(SHMEM_RSS_PAGES_FIELD_OFFSET);
    }

    /** Page tables of the victim, bytes. */
    public long pgtablesBytes() {
        return s64(PGTABLES_BYTES_FIELD_OFFSET);
    }

    /** With {@link RecordFlags#OOM_DECISION}: limit of the limiting memcg, or all memory; pages. */
    public long limitPages() {
        return s64(LIMIT_PAGES_FIELD_OFFSET);
    }

    /** With {@link RecordFlags#OOM_DECISION} and a memcg: what it held, pages. */
    public long usagePages() {
        return s64(USAGE_PAGES_FIELD_OFFSET);
    }

    /** With {@link RecordFlags#OOM_DECISION} and a memcg: its id, else 0. */
    public long limitingCgroupId() {
        return s64(LIMITING_CGROUP_ID_FIELD_OFFSET);
    }

    /** With {@link RecordFlags#OOM_DECISION}: badness of the chosen. */
    public long points() {
        return s64(POINTS_FIELD_OFFSET);
    }

    /** -1000 to 1000. */
    public short oomScoreAdj() {
        return s16(OOM_SCORE_ADJ_FIELD_OFFSET);
    }

    /** One of {@link RawOomConstraint}. */
    public int constraint() {
        return u8(CONSTRAINT_FIELD_OFFSET);
    }
}
