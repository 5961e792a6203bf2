// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.postmortem.render.CompactRenderer;
import io.processsignals.postmortem.render.JsonRenderer;
import io.processsignals.postmortem.render.Renderer;
import io.processsignals.postmortem.render.WideRenderer;
import java.time.ZoneId;
import java.util.Locale;

/** How events are printed; named in lower case on the command line. */
public enum OutputFormat {
    COMPACT,
    WIDE,
    JSON;

    /** @param zone of the times for people; JSON has microseconds since the epoch */
    public Renderer renderer(ZoneId zone) {
        return switch (this) {
            case COMPACT -> new CompactRenderer(zone);
            case WIDE -> new WideRenderer(zone);
            case JSON -> new JsonRenderer();
        };
    }

    /** Whether people read it, who want a header and losses between the events. */
    boolean isForPeople() {
        return this != JSON;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
