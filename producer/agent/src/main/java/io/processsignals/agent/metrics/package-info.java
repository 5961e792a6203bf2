// SPDX-License-Identifier: GPL-2.0-or-later
/** What the agent tells about itself: meters, health, and the HTTP endpoint for both. */
package io.processsignals.agent.metrics;
