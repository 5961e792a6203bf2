// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code unpin}: takes out of the kernel what {@code ebpf.pin} left there. */
public final class UnpinCommand implements Callable<Integer> {
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final OptionSpec folder = OptionSpec.builder("--folder")
            .paramLabel("FOLDER")
            .type(Path.class)
            .defaultValue(AgentConfig.EBPF_PIN_FOLDER_DEFAULT)
            .description("What ebpf.pin.folder says (default: ${DEFAULT-VALUE}).")
            .build();
    private final OptionSpec spool = OptionSpec.builder("--spool")
            .paramLabel("FOLDER")
            .type(Path.class)
            .description("Also remove this spool, with all that Kafka does not have yet (see spool.dir).")
            .build();

    private UnpinCommand() {}

    public static CommandSpec spec() {
        UnpinCommand command = new UnpinCommand();
        AgentCommand.describe(
                        command.spec,
                        "unpin",
                        "Remove the programs that ebpf.pin=true keeps in the kernel, and the spool if told to. The agent "
                                + "must have ended.")
                .addOption(command.folder)
                .addOption(command.spool);
        command.spec.usageMessage().footer("", "Exit codes: 0 nothing is pinned any more, 3 it cannot be removed.");
        return command.spec;
    }

    @Override
    public Integer call() throws CaptureException, SpoolException {
        PrintWriter out = spec.commandLine().getOut();
        Path pinned = folder.getValue();
        NativeCapture.unpin(pinned);
        out.println("nothing is pinned in " + pinned);
        Path spooled = spool.getValue();
        if (spooled != null) {
            Spool.remove(spooled);
            out.println("there is no spool in " + spooled);
        }
        return ExitCodes.FINE;
    }
}
