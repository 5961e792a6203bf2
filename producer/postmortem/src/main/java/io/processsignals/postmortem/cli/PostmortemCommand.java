// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry of the readers: needs neither Linux nor privileges nor native code. */
@Command(
        name = "process-signals",
        description = "Read process signals from their topic.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLines.VersionProvider.class,
        subcommands = {
            TailCommand.class,
            ReplayCommand.class,
            WhyCommand.class,
            CompletionCommand.class,
            HelpCommand.class
        })
public final class PostmortemCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    public static void main(String[] args) {
        Logs.errorsOnly();
        System.exit(CommandLines.of(new PostmortemCommand()).execute(args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say which command");
    }
}
