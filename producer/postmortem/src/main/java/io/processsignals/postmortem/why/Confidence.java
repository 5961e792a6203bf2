// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import java.util.Locale;

/** How sure a verdict is. */
public enum Confidence {
    /** Nothing is known: of the verdicts that are none. */
    NONE,
    LOW,
    MEDIUM,
    /** The kernel said so, and nothing is missing around it. */
    HIGH;

    /** One step less sure; never NONE. */
    Confidence lowered() {
        return this == HIGH ? MEDIUM : this == NONE ? NONE : LOW;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
