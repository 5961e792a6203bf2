// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Where the names of pods come from: the Kubernetes API, or the names of the log files on the node. Nothing here is on
 * the way of an event.
 */
package io.processsignals.agent.pods;
