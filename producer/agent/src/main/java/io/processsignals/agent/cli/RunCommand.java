// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.Agent;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.common.Version;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;

/** {@code run}: the agent, until it is told to end. */
public final class RunCommand implements Callable<Integer> {
    private final ConfigurationOptions configuration = new ConfigurationOptions();

    private RunCommand() {}

    public static CommandSpec spec() {
        RunCommand command = new RunCommand();
        CommandSpec spec = AgentCommand.describe(
                CommandSpec.wrapWithoutInspection(command), "run", "Run the agent until SIGTERM or Ctrl-C.");
        spec.usageMessage()
                .footer(
                        "",
                        "Exit codes: 0 ended as told, 2 wrong configuration, 3 the kernel cannot be observed and "
                                + "ebpf.required is true.");
        command.configuration.addTo(spec);
        return spec;
    }

    @Override
    @SuppressWarnings("try") // closed by the hook as well, which is harmless
    public Integer call() throws Exception {
        AgentConfig config = configuration.read();
        Logger log = LoggerFactory.getLogger(RunCommand.class);
        log.info("process-signals {} on Java {}", Version.text(), Runtime.version());
        log.debug("{}", config);
        config.warnings().forEach(warning -> log.warn("{}", warning));
        try (Agent agent = new Agent(config)) {
            ShutdownHook.closeAtExit(agent::close);
            agent.start();
            return awaitEnd(agent, config);
        }
    }

    /** The hook ends the process while this waits. */
    private static int awaitEnd(Agent agent, AgentConfig config) throws InterruptedException, ExecutionException {
        agent.captureEnded().get();
        if (!config.ebpfRequired()) {
            Thread.currentThread().join(); // stay up degraded; /healthz asks for a restart
        }
        return ExitCodes.CANNOT_RUN;
    }
}
