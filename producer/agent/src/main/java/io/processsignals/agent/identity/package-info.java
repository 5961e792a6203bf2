// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Who and when: the node, the wall clock, the cgroup and container that a process is in. Facts about the machine only;
 * knows no Kafka and no native code.
 */
package io.processsignals.agent.identity;
