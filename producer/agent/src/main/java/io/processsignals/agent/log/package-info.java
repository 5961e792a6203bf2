// SPDX-License-Identifier: GPL-2.0-or-later
/** The event log that lives in memory. */
@org.jspecify.annotations.NullMarked
package io.processsignals.agent.log;
