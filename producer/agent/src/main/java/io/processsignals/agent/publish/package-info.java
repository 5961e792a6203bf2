// SPDX-License-Identifier: GPL-2.0-or-later
/** From the event log to Kafka: the publish loop, the producer's set-up, the topic, the form of the value. */
@org.jspecify.annotations.NullMarked
package io.processsignals.agent.publish;
