// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.config.AgentConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the configuration comes from. */
final class ConfigurationOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Properties file. Environment variables PROCESS_SIGNALS_... win over it.")
    private @Nullable Path file;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "error, warn, info, debug or trace; wins over log.level.")
    private @Nullable String logLevel;

    /** Sets logging up, then reads the configuration. */
    AgentConfig read() {
        Optional<Path> given = Optional.ofNullable(file);
        Logging.configure(logLevel, given, System.getenv());
        return given.map(AgentConfig::load).orElseGet(AgentConfig::fromEnvironment);
    }
}
