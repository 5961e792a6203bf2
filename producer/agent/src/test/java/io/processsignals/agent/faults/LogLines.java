// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** What is logged in this JVM while this is open. */
public final class LogLines implements AutoCloseable {
    private final Logger logger;
    private final @Nullable Level levelBefore;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }
    };

    private LogLines(Logger logger) {
        this.logger = logger;
        this.levelBefore = logger.getLevel();
        appender.start();
        logger.addAppender(appender);
    }

    /** Of every class, as far as the tests' configuration lets it through. */
    public static LogLines open() {
        return new LogLines((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME));
    }

    /** Of one class, information too. */
    public static LogLines of(Class<?> source) {
        LogLines opened = new LogLines((Logger) LoggerFactory.getLogger(source));
        opened.logger.setLevel(Level.INFO);
        return opened;
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        logger.setLevel(levelBefore);
        logger.detachAppender(appender);
        appender.stop();
    }
}
