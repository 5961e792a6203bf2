// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.log.LogRecord;

/** Takes records that Kafka will never take. Called on the publish thread; must not wait. */
@FunctionalInterface
public interface OversizeSink {
    /**
     * Keeps or counts the record; it is acknowledged in the log afterwards, whatever happens here.
     *
     * @param record what was refused
     * @param reason one line: who refused it and why
     */
    void accept(LogRecord record, String reason);
}
