// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import io.processsignals.common.codec.EventDecodeException;
import io.processsignals.common.codec.EventDecoder;

/** The value of a record in a topic that others may write to: an event or an {@link EventDecodeException}. */
public final class EventDecoderFuzz {
    private static final EventDecoder DECODER = new EventDecoder();

    private EventDecoderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        try {
            if (DECODER.decode(input, 0, input.length).toString() == null) {
                throw new IllegalStateException("no text");
            }
        } catch (EventDecodeException e) {
            // what a reader counts and skips
        }
    }
}
