// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import io.processsignals.agent.cli.AgentCommand;
import io.processsignals.agent.cli.CheckCommand;
import io.processsignals.agent.cli.RunCommand;
import io.processsignals.agent.cli.UnpinCommand;
import io.processsignals.agent.raw.RawLayout;
import io.processsignals.common.Version;
import io.processsignals.postmortem.cli.CommandLines;
import io.processsignals.postmortem.cli.CompletionCommand;
import io.processsignals.postmortem.cli.Logs;
import io.processsignals.postmortem.cli.PostmortemCommand;
import io.processsignals.postmortem.cli.ReplayCommand;
import io.processsignals.postmortem.cli.TailCommand;
import io.processsignals.postmortem.cli.WhyCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry that knows every command. */
@Command(
        name = "process-signals",
        description = "Who killed the process, and why: from the Linux kernel to Kafka.",
        mixinStandardHelpOptions = true,
        versionProvider = ProcessSignals.VersionProvider.class)
public final class ProcessSignals implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Commands of the modules run as these modules' own entries run them: with their logging and their exit. */
    public static void main(String[] args) {
        switch (args.length == 0 ? "" : args[0]) {
            case "run", "check", "unpin" -> AgentCommand.main(args);
            case "tail", "replay", "why" -> PostmortemCommand.main(args);
            default -> {
                Logs.configure("io/processsignals/quickstart/logback.xml");
                System.exit(commandLine().execute(args));
            }
        }
    }

    private static CommandLine commandLine() {
        CommandLine all = new CommandLine(new ProcessSignals())
                .addSubcommand(new QuickstartCommand())
                .addSubcommand(RunCommand.spec())
                .addSubcommand(CheckCommand.spec())
                .addSubcommand(UnpinCommand.spec())
                .addSubcommand(new TailCommand())
                .addSubcommand(new ReplayCommand())
                .addSubcommand(new WhyCommand())
                .addSubcommand(new CompletionCommand())
                .addSubcommand(new HelpCommand());
        return CommandLines.configure(all);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say which command");
    }

    /** Product, commit, and the layout of what the kernel side hands over. */
    static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"process-signals " + Version.text() + ", record layout " + RawLayout.LAYOUT_VERSION};
        }
    }
}
