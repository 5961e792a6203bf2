// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.config.AgentConfig;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.Reporter;

/**
 * Asks for {@link StderrLog}, and for its level. Must run before anything asks for a logger; so the level is looked up
 * here, before the configuration, whose reading may log, is read. A configuration given as
 * {@code -Dlogback.configurationFile} wins.
 */
public final class Logging {
    /** Logback's own key of a configuration file. */
    static final String CONFIGURATION = "logback.configurationFile";

    /** What {@link StderrLog} reads, in lower case; a configuration file may refer to it. */
    static final String LEVEL = "processsignals.log.level";

    private Logging() {}

    /**
     * @param option {@code --log-level}, if given: wins over the environment, which wins over the file
     * @param file the properties file, if there is one
     */
    public static void configure(@Nullable String option, Optional<Path> file, Map<String, String> environment) {
        String level = Optional.ofNullable(option)
                .or(() -> Optional.ofNullable(environment.get("PROCESS_SIGNALS_LOG_LEVEL")))
                .or(() -> file.flatMap(Logging::levelIn))
                .orElse(AgentConfig.LOG_LEVEL_DEFAULT)
                .toLowerCase(Locale.ROOT);
        System.setProperty(LEVEL, level);
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(LoggerFactory.PROVIDER_PROPERTY_KEY, StderrLog.class.getName());
            System.setProperty(Reporter.SLF4J_INTERNAL_VERBOSITY_KEY, "WARN"); // else it tells of the line above
        }
    }

    private static Optional<String> levelIn(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // said when the configuration itself is read
        }
        return Optional.ofNullable(properties.getProperty(AgentConfig.LOG_LEVEL_CONFIG));
    }
}
