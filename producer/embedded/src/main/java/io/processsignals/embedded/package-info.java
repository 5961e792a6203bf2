// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A real Kafka broker and a real schema registry on 127.0.0.1, for the quickstart and for tests. Never part of what
 * runs on a node.
 */
package io.processsignals.embedded;
