// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.status.NopStatusListener;

/**
 * The commands' log: lines on stderr, in UTC. Code and not XML, whose reading costs every start 300 classes more.
 * Logback finds it as a service and it steps aside where {@link Logging} has not asked for it: an application that
 * embeds the collector has a logging configuration of its own.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class StderrLog extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\", UTC} %-5level %msg%n%xEx{6}";

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        String level = System.getProperty(Logging.LEVEL);
        if (level == null || System.getProperty(Logging.CONFIGURATION) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        loggers.getStatusManager().add(new NopStatusListener());
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(loggers);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
        stderr.setContext(loggers);
        stderr.setName("STDERR");
        stderr.setTarget("System.err");
        stderr.setEncoder(encoder);
        stderr.start();
        // Kafka tells every retry of every connection, and prints its whole configuration
        boolean verbose = level.equals("debug") || level.equals("trace");
        loggers.getLogger("org.apache.kafka").setLevel(verbose ? Level.INFO : Level.ERROR);
        // What a provider cannot read is told with the key that refers to it
        loggers.getLogger("org.apache.kafka.common.config.provider").setLevel(Level.OFF);
        Logger root = loggers.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level, Level.INFO));
        root.addAppender(stderr);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
