// SPDX-License-Identifier: GPL-2.0-or-later
/** What {@code bin/bench encode} and {@code bin/bench publish} run; compiled with the Maven profile {@code bench}. */
package io.processsignals.agent.bench;
