// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.streams;

/**
 * A death with the signal that caused it: what the join gives.
 *
 * @param startTime of the process, microseconds of CLOCK_BOOTTIME; with node, bootId and tgid it identifies the process
 * @param signal number
 * @param sentAt microseconds of CLOCK_BOOTTIME
 * @param endedAt microseconds of CLOCK_BOOTTIME
 * @param senderTgid 0 if no process sent it
 * @param senderStartTime 0 if no process sent it
 * @param senderCommand empty if no process sent it
 */
public record ExplainedDeath(
        String node,
        String bootId,
        int tgid,
        long startTime,
        String command,
        int signal,
        long sentAt,
        long endedAt,
        int senderTgid,
        long senderStartTime,
        String senderCommand) {
    /** The process, never a bare pid: key of the output. */
    String process() {
        return node + "/" + bootId + "/" + tgid + "/" + startTime;
    }

    /** Several signals of one number may have been sent: the first one ended it. */
    static ExplainedDeath earlier(ExplainedDeath one, ExplainedDeath other) {
        return other.sentAt < one.sentAt ? other : one;
    }
}
