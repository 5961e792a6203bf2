// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LogbackServiceProvider;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.status.NopStatusListener;

/**
 * The commands' log: lines on stderr, in UTC. Code and not XML, whose reading costs every start 300 classes more; and
 * named to SLF4J by {@link Logging}, since what is looked for as a service makes every start open every library, twice.
 */
public final class StderrLog extends LogbackServiceProvider {
    private static final String PATTERN = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\", UTC} %-5level %msg%n%xEx{6}";

    /** As Logback's own, without its search for a configuration. */
    @Override
    public void initialize() {
        LoggerContext loggers = (LoggerContext) getLoggerFactory();
        loggers.setName(CoreConstants.DEFAULT_CONTEXT_NAME);
        loggers.setMDCAdapter((LogbackMDCAdapter) getMDCAdapter());
        configure(loggers, System.getProperty(Logging.LEVEL, ""));
        loggers.start();
    }

    private static void configure(LoggerContext loggers, String level) {
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
    }
}
