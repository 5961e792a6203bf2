// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.events.EventType;
import io.processsignals.postmortem.source.EventFilter;
import io.processsignals.postmortem.source.TopicReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tail}: the live view of a topic. */
@Command(
        name = "tail",
        description = "Show events as they come.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLines.VersionProvider.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended by a limit or because nobody reads the output",
            "2:wrong usage",
            "3:no broker, topic or registry, or no access"
        })
public final class TailCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "compact",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private OutputFormat format = OutputFormat.COMPACT;

    @Option(names = "--from-beginning", description = "Begin with the oldest event in the topic.")
    private boolean fromBeginning;

    @Option(names = "--max", paramLabel = "N", description = "End after N events.")
    private Optional<Long> max = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = Durations.class,
            description = "End when all that is there was read and no event to show came for so long, for example 5s.")
    private Optional<Duration> timeout = Optional.empty();

    @Option(names = "--type", paramLabel = "TYPE", split = ",", description = "Only these: ${COMPLETION-CANDIDATES}.")
    private List<EventType> types = new ArrayList<>();

    @Option(
            names = "--pid",
            paramLabel = "PID",
            split = ",",
            description = "Only events about these processes, ids as on the node. EVENTS_LOST is shown all the same.")
    private List<Integer> pids = new ArrayList<>();

    @Option(
            names = "--command",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Only events about processes of this name; * and ? as in a shell. EVENTS_LOST is shown all the"
                            + " same.")
    private List<String> commands = new ArrayList<>();

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            defaultValue = "UTC",
            converter = Zones.class,
            description = "Time zone of the output: UTC, local, +01:00, Europe/Berlin (default: ${DEFAULT-VALUE}).")
    private ZoneId zone = ZoneOffset.UTC;

    @Override
    public Integer call() throws IOException {
        if (max.isPresent() && max.get() < 1) {
            throw new ParameterException(spec.commandLine(), "--max must be at least 1");
        }
        CommandLine command = spec.commandLine();
        PrintWriter out = command.getOut();
        try (TopicReader reader = TopicReader.open(connection.address(), connection.decoder(), fromBeginning)) {
            LiveView view = new LiveView(
                    reader,
                    format.renderer(zone),
                    new EventFilter(types, pids, commands),
                    new LiveView.Limits(max.map(OptionalLong::of).orElse(OptionalLong.empty()), timeout),
                    format.isForPeople(),
                    out,
                    command.getErr());
            Interruption.during(view::run, view::stop);
        }
        return ExitCodes.FINE;
    }
}
