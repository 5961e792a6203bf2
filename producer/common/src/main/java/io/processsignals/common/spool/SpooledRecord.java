// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import io.processsignals.common.log.LogRecord;
import io.processsignals.events.Hook;

/**
 * A record read from the spool's files, with what the spool knows of it beside the body.
 *
 * @param record position, type, key, body and the schema to decode it with
 * @param priority death by signal, abnormal exit, OOM kill or lethal signal
 * @param hook identity of the event, with {@code cpu}, {@code captureId} and {@code sequence}
 * @param bootTimeMicros when it happened, microseconds of CLOCK_BOOTTIME
 * @param acknowledged whether Kafka is known to have it
 */
public record SpooledRecord(
        LogRecord record,
        boolean priority,
        Hook hook,
        int cpu,
        long captureId,
        long sequence,
        long bootTimeMicros,
        boolean acknowledged) {}
