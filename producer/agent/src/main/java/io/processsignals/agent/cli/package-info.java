// SPDX-License-Identifier: GPL-2.0-or-later
/** The commands of the agent: {@code run} and {@code check}. */
package io.processsignals.agent.cli;
