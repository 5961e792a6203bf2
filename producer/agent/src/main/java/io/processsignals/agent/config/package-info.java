// SPDX-License-Identifier: GPL-2.0-or-later
/** The agent's configuration: one properties file, every key also an environment variable. */
package io.processsignals.agent.config;
