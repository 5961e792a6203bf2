// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The agent: sees the deaths of a node's processes in the kernel and writes them to Kafka
 * ({@link io.processsignals.agent.Agent}) or hands them to the application that embeds it
 * ({@link io.processsignals.agent.Collector}).
 */
package io.processsignals.agent;
