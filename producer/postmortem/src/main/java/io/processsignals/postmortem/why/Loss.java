// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.Hook;

/**
 * Events that are missing.
 *
 * @param count how many
 * @param from not before, microseconds of CLOCK_BOOTTIME
 * @param to not after
 * @param announced whether an EVENTS_LOST says so; else only the hole in the sequence does
 */
public record Loss(String node, String bootId, Hook hook, long count, long from, long to, boolean announced) {
    boolean touches(String otherNode, String otherBootId, long begin, long end) {
        return node.equals(otherNode) && bootId.equals(otherBootId) && from <= end && to >= begin;
    }
}
