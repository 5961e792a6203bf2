// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

/**
 * What became of one kernel hook.
 *
 * @param hook lower snake case, for example {@code process_exit}; the label value of {@code runtime_probe_attached}
 * @param mandatory the events of this product do not exist without it
 * @param attached it runs
 * @param reason why it is not attached, in one line; empty if it is
 */
public record HookStatus(String hook, boolean mandatory, boolean attached, String reason) {}
