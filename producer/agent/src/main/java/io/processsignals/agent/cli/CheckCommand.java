// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.NodeCheck;
import io.processsignals.agent.NodeCheck.Finding;
import io.processsignals.agent.config.AgentConfig;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code check}: what this node can do. */
public final class CheckCommand implements Callable<Integer> {
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final ConfigurationOptions configuration = new ConfigurationOptions();

    private CheckCommand() {}

    public static CommandSpec spec() {
        CheckCommand command = new CheckCommand();
        AgentCommand.describe(
                command.spec,
                "check",
                "Say what this node can do: kernel, each hook, privileges, cgroups, Kafka, topic, registry.",
                "Registers the schema if registry.auto.register is true, as run does; creates no topic.");
        command.spec
                .usageMessage()
                .footer(
                        "",
                        "Exit codes: 0 all is well, 1 Kafka, the topic or the registry does not work, 2 wrong "
                                + "configuration, 3 the kernel cannot be observed.");
        command.configuration.addTo(command.spec);
        return command.spec;
    }

    @Override
    public Integer call() throws InterruptedException {
        AgentConfig config = configuration.read();
        List<Finding> findings = NodeCheck.run(config);
        print(findings, spec.commandLine().getOut());
        if (findings.stream().anyMatch(finding -> finding.level() == NodeCheck.Level.CANNOT_RUN)) {
            return ExitCodes.CANNOT_RUN;
        }
        boolean fails = findings.stream().anyMatch(finding -> finding.level() == NodeCheck.Level.FAILS);
        return fails ? ExitCodes.FINDING : ExitCodes.FINE;
    }

    private static void print(List<Finding> findings, PrintWriter out) {
        int width = findings.stream()
                .mapToInt(finding -> finding.subject().length())
                .max()
                .orElse(0);
        for (Finding finding : findings) {
            String level = switch (finding.level()) {
                case FINE -> "ok";
                case ABSENT -> "-";
                case FAILS, CANNOT_RUN -> "FAILS";
            };
            String line = String.format(
                    Locale.ROOT, "%-" + width + "s  %-5s  %s", finding.subject(), level, finding.detail());
            out.println(line.stripTrailing());
        }
        out.flush();
    }
}
