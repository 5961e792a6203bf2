// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * From events to a verdict: pure functions over what was read. {@link io.processsignals.postmortem.why.VerdictRules}
 * holds the rules; a reader who doubts a verdict starts there.
 */
package io.processsignals.postmortem.why;
