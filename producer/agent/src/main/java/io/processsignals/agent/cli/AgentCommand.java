// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.config.ConfigurationException;
import io.processsignals.common.Version;
import io.processsignals.common.spool.SpoolException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry of the agent. */
@Command(
        name = "process-signals",
        description = "See the deaths of a node's processes and write them to Kafka.",
        mixinStandardHelpOptions = true,
        versionProvider = AgentCommand.VersionProvider.class,
        subcommands = {RunCommand.class, CheckCommand.class, UnpinCommand.class, HelpCommand.class})
public final class AgentCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("run")) {
            prepareCapture();
        }
        int exitCode = commandLine(new AgentCommand()).execute(args);
        ShutdownHook.exit(exitCode);
    }

    /** Beside the reading of arguments and configuration, which takes as long. */
    private static void prepareCapture() {
        Thread preparation = new Thread(NativeCapture::prepare, "prepare");
        preparation.setDaemon(true);
        preparation.start();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say which command");
    }

    /** Makes a command line whose errors are one line each, with the exit codes of {@link ExitCodes}. */
    static CommandLine commandLine(Object command) {
        return new CommandLine(command)
                .setParameterExceptionHandler(AgentCommand::usageError)
                .setExecutionExceptionHandler(AgentCommand::failure);
    }

    private static int usageError(ParameterException e, String[] args) {
        String name = e.getCommandLine().getCommandSpec().qualifiedName();
        e.getCommandLine().getErr().println(name + ": " + e.getMessage() + " (" + name + " --help lists the options)");
        return ExitCodes.USAGE;
    }

    /** What the user can mend is said without a stack trace; anything else is a defect and shows where it is. */
    static int failure(Exception e, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
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

    static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"process-signals " + Version.text()};
        }
    }
}
