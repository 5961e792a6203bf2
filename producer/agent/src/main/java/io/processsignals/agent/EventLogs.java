// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.agent.metrics.AgentHealth;
import io.processsignals.agent.metrics.AgentHealth.Part;
import io.processsignals.agent.metrics.AgentMetrics;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.log.LossListener;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolException;
import io.processsignals.common.spool.SpoolMonitor;
import io.processsignals.common.spool.SpoolOptions;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log between capture and publishing: the spool, or memory where there is none or it cannot be used. */
final class EventLogs {
    private static final Logger LOG = LoggerFactory.getLogger(EventLogs.class);

    private EventLogs() {}

    /**
     * @throws SpoolException only if another agent has the spool; any other trouble is told to {@code health}, and
     *     memory has to do
     */
    static EventLog open(AgentConfig config, LossListener losses, AgentHealth health, AgentMetrics metrics)
            throws SpoolException {
        Optional<SpoolOptions> options = config.spool();
        if (options.isPresent()) {
            try {
                Spool spool = Spool.open(options.get(), EventSchema.schema(), losses, new Monitor(health, metrics));
                if (spool.bytes() > 0) {
                    LOG.info("The spool holds {} bytes that Kafka has not got yet", spool.bytes());
                }
                return spool;
            } catch (SpoolException e) {
                if (e.isInUse()) {
                    throw e;
                }
                health.degraded(
                        Part.SPOOL, e.getMessage() + "; events are kept in memory only, " + config.bufferSize());
            }
        }
        return new MemoryEventLog(config.bufferSize(), losses);
    }

    private record Monitor(AgentHealth health, AgentMetrics metrics) implements SpoolMonitor {
        @Override
        public void foundUnclosed(String pid, Instant lastWritten) {
            metrics.previousAgentDied(lastWritten);
            LOG.warn(
                    "The agent before this one (process {}) did not end in order: it was killed or crashed, or the node"
                            + " went down, after {}",
                    pid,
                    lastWritten);
        }

        @Override
        public void corrupted(Path segment, long offset, long bytes, String reason) {
            metrics.spoolDamaged(bytes);
            LOG.warn("{}: skipped {} bytes at {}: {}", segment, bytes, offset, reason);
        }

        @Override
        public void failing(String reason) {
            health.degraded(Part.SPOOL, reason);
        }

        @Override
        public void recovered() {
            health.working(Part.SPOOL);
        }

        @Override
        public void upkeepFailed(String reason) {
            LOG.warn("Spool: {}; will be tried again", reason);
        }
    }
}
