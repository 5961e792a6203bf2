// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.common.spool.Spool;
import io.processsignals.common.spool.SpoolException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code unpin}: takes out of the kernel what {@code ebpf.pin} left there. */
@Command(
        name = "unpin",
        description = "Remove the programs that ebpf.pin=true keeps in the kernel, and the spool if told to. The agent "
                + "must have ended.",
        mixinStandardHelpOptions = true,
        versionProvider = AgentCommand.VersionProvider.class,
        footer = {"", "Exit codes: 0 nothing is pinned any more, 3 it cannot be removed."})
public final class UnpinCommand implements Callable<Integer> {
    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "What ebpf.pin.folder says (default: ${DEFAULT-VALUE}).",
            defaultValue = AgentConfig.EBPF_PIN_FOLDER_DEFAULT)
    private Path folder = Path.of(AgentConfig.EBPF_PIN_FOLDER_DEFAULT);

    @Option(
            names = "--spool",
            paramLabel = "FOLDER",
            description = "Also remove this spool, with all that Kafka does not have yet (see spool.dir).")
    private @Nullable Path spool;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws CaptureException, SpoolException {
        NativeCapture.unpin(folder);
        spec.commandLine().getOut().println("nothing is pinned in " + folder);
        if (spool != null) {
            Spool.remove(spool);
            spec.commandLine().getOut().println("there is no spool in " + spool);
        }
        return ExitCodes.FINE;
    }
}
