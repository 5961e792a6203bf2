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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
    private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(3);

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
            runUntilInterrupted(view);
        }
        return ExitCodes.FINE;
    }

    /** On Ctrl-C the view ends at the end of a line, and the process with it. */
    private static void runUntilInterrupted(LiveView view) throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    view.stop();
                    try {
                        ended.await(SHUTDOWN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "tail-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            view.run();
        } finally {
            ended.countDown();
            removeHook(hook);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs already.
        }
    }
}
