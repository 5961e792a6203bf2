// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.common.Version;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;

/**
 * What all commands have in common: one line for an error, the same exit codes, {@code --help} and {@code --version}.
 */
public final class CommandLines {
    private CommandLines() {}

    /** Makes a command line that runs the command and its subcommands in the way described above. */
    public static CommandLine of(Object command) {
        return configure(new CommandLine(command));
    }

    /** The same of one that was made already, with its subcommands. */
    public static CommandLine configure(CommandLine made) {
        return made.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(CommandLines::usageError)
                .setExecutionExceptionHandler(CommandLines::failure);
    }

    private static int usageError(CommandLine.ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        err.println(name + ": " + firstLine(e) + " (" + name + " --help lists the options)");
        return ExitCodes.USAGE;
    }

    /** Input and output fail for reasons that the user can mend; anything else is a defect and shows where it is. */
    private static int failure(Exception e, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        if (e instanceof IOException || e instanceof UncheckedIOException) {
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + firstLine(e));
            return ExitCodes.CANNOT_RUN;
        }
        throw e;
    }

    private static String firstLine(Exception e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    /** For {@code versionProvider}. */
    public static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"process-signals " + Version.text()};
        }
    }
}
