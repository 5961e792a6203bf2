// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

/** Why an attempt to write to Kafka failed. */
public enum PublishError {
    /** Will be tried again until it works: no broker, no leader, time out. */
    RETRIABLE,
    /** The topic does not exist. */
    TOPIC,
    /** The broker refuses this client. */
    AUTHORIZATION,
    /** The broker takes no record of this size. */
    OVERSIZE,
    /** The value could not be serialized. */
    SERIALIZATION,
    OTHER
}
