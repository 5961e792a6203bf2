// SPDX-License-Identifier: GPL-2.0-or-later
/** A small client of the Confluent-compatible schema registry API: it learns the id of one schema, and no more. */
@org.jspecify.annotations.NullMarked
package io.processsignals.agent.registry;
