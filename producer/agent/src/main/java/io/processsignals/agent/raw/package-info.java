// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Reading the kernel side's records in place: one flyweight for each struct of {@code bpf/process_signals_events.h},
 * and the one place that decides whether a record can be read at all. Knows nothing of events, Kafka or native code.
 */
package io.processsignals.agent.raw;
