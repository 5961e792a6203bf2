// SPDX-License-Identifier: GPL-2.0-or-later
/** CPU throttling of containers, read from their cgroups: the kernel has no tracepoint for it. */
package io.processsignals.agent.throttle;
