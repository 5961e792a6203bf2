// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.config.AgentConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Where the configuration comes from. */
final class ConfigurationOptions {
    private final OptionSpec file = OptionSpec.builder("--config")
            .paramLabel("FILE")
            .type(Path.class)
            .description("Properties file. Environment variables PROCESS_SIGNALS_... win over it.")
            .build();
    private final OptionSpec logLevel = OptionSpec.builder("--log-level")
            .paramLabel("LEVEL")
            .type(String.class)
            .description("error, warn, info, debug or trace; wins over log.level.")
            .build();

    void addTo(CommandSpec command) {
        command.addOption(file).addOption(logLevel);
    }

    /** Sets logging up, then reads the configuration. */
    AgentConfig read() {
        Optional<Path> given = Optional.ofNullable(file.getValue());
        Logging.configure(logLevel.getValue(), given, System.getenv());
        return given.map(AgentConfig::load).orElseGet(AgentConfig::fromEnvironment);
    }
}
