// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.postmortem.source.Window;
import java.util.List;
import java.util.Optional;

/**
 * What is missing in the sequences.
 *
 * @param losses as far as they could be looked for
 * @param limit how far they could not, for the user
 */
record Holes(List<Loss> losses, Optional<String> limit) {
    static Holes found(List<Loss> losses) {
        return new Holes(losses, Optional.empty());
    }

    /** @param part the time that was looked at, if not all of the window */
    static Holes found(List<Loss> losses, Optional<Window> part) {
        return new Holes(
                losses,
                part.map(time -> "losses that were announced are known, holes in the sequences were looked for from "
                        + time + " only"));
    }

    static Holes notLookedFor() {
        return new Holes(
                List.of(),
                Optional.of(
                        "not all sequences of the window were looked at: losses that were announced are known, holes"
                                + " are not"));
    }
}
