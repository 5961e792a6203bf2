// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.util.Optional;

/**
 * An event with its record as it is stored.
 *
 * @param timestampMillis of the record
 * @param key UTF-8
 * @param wire the value in wire format, with the schema's id; empty if it does not come from a topic
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to Kafka as it is, never compared
public record StoredEvent(EventRecord record, long timestampMillis, byte[] key, Optional<byte[]> wire) {}
