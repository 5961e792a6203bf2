// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

import io.processsignals.events.EventType;

/**
 * One record read from an {@link EventLog}.
 *
 * @param position identifies it for {@link LogReader#acknowledge}; grows along the log
 * @param type what happened
 * @param timestampMicros wall clock, microseconds since the epoch
 * @param key record key, UTF-8
 * @param value Avro body without wire-format prefix
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to Kafka as they are, never compared
public record LogRecord(long position, EventType type, long timestampMicros, byte[] key, byte[] value) {}
