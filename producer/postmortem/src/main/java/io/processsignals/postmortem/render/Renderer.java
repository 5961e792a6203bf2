// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import io.processsignals.postmortem.source.EventRecord;
import java.util.Optional;

/** Makes one line of an event, without the line's end; nothing in it can control a terminal. */
public interface Renderer {
    /** A line above the first event, if this form has one. */
    Optional<String> header();

    String render(EventRecord record);
}
