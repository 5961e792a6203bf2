// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Hostile input: targets for Jazzer, which makes inputs, watches which branches they take and keeps those that find new
 * ones. A target may throw only what its contract names. {@code bin/test fuzz --minutes N} runs them.
 */
package io.processsignals.agent.fuzz;
