// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.log;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import org.jspecify.annotations.Nullable;

/**
 * One event in Avro binary, with what a log and a producer need to know of it without decoding it.
 *
 * <p>A reusable carrier: the encoder owns it and its buffers, fills it again for every event, and whoever is handed one
 * copies what it wants to keep before returning. Fields are public because it is written and read once per event on the
 * capture path.
 */
public final class EncodedEvent {
    /** Record key, UTF-8 of {@code node/tgid}, in {@code key[0, keyLength)}. */
    public byte[] key = new byte[128];

    public int keyLength;

    /**
     * The node whose name, and the slash behind it, the key is known to begin with, so that the next event of the same
     * node need not write it again; null if that is not known. Whoever writes the key and is no encoder sets it to
     * null.
     */
    public @Nullable ConstantText keyNode;

    /** Avro body without wire-format prefix, in {@code value[0, valueLength)}. */
    public byte[] value = new byte[1024];

    public int valueLength;

    /** Wall clock, microseconds since the epoch; becomes the Kafka record's timestamp. */
    public long timestampMicros;

    public EventType type = EventType.UNKNOWN;

    /** Deaths by signal, abnormal exits, OOM kills and lethal signals: kept longest when something must go. */
    public boolean priority;

    /** Identity within the capture, as in the event itself. */
    public Hook hook = Hook.UNKNOWN;

    public int cpu;
    public long captureId;
    public long sequence;

    /** Microseconds of CLOCK_BOOTTIME. */
    public long bootTimeMicros;
}
