// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.postmortem.source.EventRecord;
import java.util.Optional;

/**
 * Something that speaks for a verdict, or against it.
 *
 * @param text one line, safe for a terminal
 * @param record the record that says so, if it is one
 */
public record Fact(String text, Optional<EventRecord> record) {
    static Fact of(String text) {
        return new Fact(text, Optional.empty());
    }

    static Fact of(String text, EventRecord record) {
        return new Fact(text, Optional.of(record));
    }
}
