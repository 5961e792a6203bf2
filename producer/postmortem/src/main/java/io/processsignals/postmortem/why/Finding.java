// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import java.util.List;
import java.util.Set;

/**
 * What is said about one death.
 *
 * @param summary one line, safe for a terminal
 * @param candidates where the verdict is none: those that the evidence leaves; empty if it leaves all
 * @param evidence what speaks for it
 * @param contradictions what was found that does not fit
 * @param limits what cannot be known from here
 */
public record Finding(
        Death death,
        Verdict verdict,
        Confidence confidence,
        String summary,
        Set<Verdict> candidates,
        List<Fact> evidence,
        List<Fact> contradictions,
        List<String> limits) {}
