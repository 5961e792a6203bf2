// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.config.ConfigurationException;
import io.processsignals.common.Version;
import io.processsignals.common.spool.SpoolException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The entry of the agent. Its commands are made by code and not by annotations, whose reading makes classes that no
 * archive can hold, and took a start 0.15 s.
 */
public final class AgentCommand {
    private AgentCommand() {}

    public static void main(String[] args) {
        boolean runs = args.length > 0 && args[0].equals("run");
        if (runs) {
            prepareCapture();
        }
        ShutdownHook.exit(commandLine(!runs).execute(args));
    }

    /** Beside the reading of arguments and configuration, which takes as long. */
    private static void prepareCapture() {
        Thread preparation = new Thread(NativeCapture::prepare, "prepare");
        preparation.setDaemon(true);
        preparation.start();
    }

    /** Its errors are one line each, with the exit codes of {@link ExitCodes}. */
    private static CommandLine commandLine(boolean helps) {
        CommandSpec root = CommandSpec.create();
        describe(root, "process-signals", "See the deaths of a node's processes and write them to Kafka.");
        CommandLine all = new CommandLine(root)
                .addSubcommand(RunCommand.spec())
                .addSubcommand(CheckCommand.spec())
                .addSubcommand(UnpinCommand.spec());
        if (helps) {
            all.addSubcommand(new HelpCommand()); // made of annotations
        }
        return all.setParameterExceptionHandler(AgentCommand::usageError)
                .setExecutionExceptionHandler(AgentCommand::failure);
    }

    /** Gives a command a name, a description, {@code --help} and {@code --version}. */
    static CommandSpec describe(CommandSpec command, String name, String... description) {
        command.name(name)
                .versionProvider(new VersionProvider())
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help message and exit.")
                        .build())
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print version information and exit.")
                        .build());
        command.usageMessage().description(description);
        return command;
    }

    private static int usageError(ParameterException e, String[] args) {
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        e.getCommandLine().getErr().println(name + ": " + e.getMessage() + " (" + name + " --help lists the options)");
        return ExitCodes.USAGE;
    }

    /** What the user can mend is said without a stack trace; anything else is a defect and shows where it is. */
    private static int failure(Exception e, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        if (e instanceof ConfigurationException configuration) {
            configuration.problems().forEach(problem -> err.println(name + ": " + problem));
            return ExitCodes.USAGE;
        }
        if (e instanceof CaptureException || e instanceof SpoolException) {
            err.println(name + ": " + e.getMessage());
            return ExitCodes.CANNOT_RUN;
        }
        throw e;
    }

    private static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"process-signals " + Version.text()};
        }
    }
}
