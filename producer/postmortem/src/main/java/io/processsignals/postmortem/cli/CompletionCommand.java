// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code completion}: what a shell needs to complete our commands and options. */
@Command(
        name = "completion",
        description = "Print the completion script for bash and zsh: source <(process-signals completion)",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLines.VersionProvider.class)
public final class CompletionCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        spec.commandLine().getOut().print(AutoComplete.bash(root.getCommandName(), root));
        spec.commandLine().getOut().flush();
        return ExitCodes.FINE;
    }
}
