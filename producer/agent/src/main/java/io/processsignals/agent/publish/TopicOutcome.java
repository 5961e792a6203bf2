// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

/**
 * What became of looking for the topic.
 *
 * @param kind how it ended
 * @param message one line for people: what happened and what to do about it
 * @param partitions of the topic; 0 if that is not known
 */
public record TopicOutcome(Kind kind, String message, int partitions) {
    TopicOutcome(Kind kind, String message) {
        this(kind, message, 0);
    }

    /** How it ended. */
    public enum Kind {
        /** The topic is there. */
        PRESENT,
        /** The topic was missing and is there now. */
        CREATED,
        /** The topic is missing and was not to be created. */
        MISSING,
        /** Kafka refused the credentials, or the right to see or create the topic. */
        UNAUTHORISED,
        /** No broker answered. */
        UNREACHABLE,
        /** Kafka refused to create the topic. */
        REFUSED
    }

    /** Whether the topic is there. */
    public boolean isUsable() {
        return kind == Kind.PRESENT || kind == Kind.CREATED;
    }
}
