// SPDX-License-Identifier: GPL-2.0-or-later
/** From the kernel's ring buffer to the event log: the capture source and the loop that drains it. */
package io.processsignals.agent.capture;
