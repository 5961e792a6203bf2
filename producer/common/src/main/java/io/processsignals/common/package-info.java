// SPDX-License-Identifier: GPL-2.0-or-later
/** What the agent and the post-mortem tools share: no Kafka and no native code in any package below. */
package io.processsignals.common;
