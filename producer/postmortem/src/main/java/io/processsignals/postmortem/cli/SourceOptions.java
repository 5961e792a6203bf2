// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.postmortem.source.AvroFileSource;
import io.processsignals.postmortem.source.EventSource;
import io.processsignals.postmortem.source.SpoolSource;
import io.processsignals.postmortem.source.TopicSource;
import io.processsignals.postmortem.source.Window;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which window of which source. */
public final class SourceOptions {
    private static final Duration DEFAULT_SPAN = Duration.ofHours(24);

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--spool", paramLabel = "DIR", description = "Read an agent's spool folder, not the topic.")
    private Optional<Path> spool = Optional.empty();

    @Option(
            names = "--avro",
            paramLabel = "FILE",
            description = "Read a file written by replay -o avro, not the topic.")
    private Optional<Path> avro = Optional.empty();

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = Times.class,
            description = "Begin: -15m, 2026-11-20T14:02:03Z, 2026-11-20T14:02+01:00; without a zone UTC (default: 24"
                    + " hours before the end).")
    private Optional<Instant> from = Optional.empty();

    @Option(names = "--to", paramLabel = "TIME", converter = Times.class, description = "End (default: now).")
    private Optional<Instant> to = Optional.empty();

    @Option(
            names = "--late",
            paramLabel = "DURATION",
            defaultValue = "10m",
            converter = Durations.class,
            description =
                    "Read so far past the end, for events of nodes that were cut off (default: ${DEFAULT-VALUE}).")
    private Duration late = Duration.ofMinutes(10);

    ConnectionOptions connection() {
        return connection;
    }

    /** @throws ParameterException if the end is not after the begin, or there is not one source */
    Window window() {
        Instant end = to.orElseGet(Instant::now);
        Instant begin = from.orElse(end.minus(DEFAULT_SPAN));
        if (!begin.isBefore(end)) {
            throw new ParameterException(spec.commandLine(), "the window is empty: --from must be before --to");
        }
        return new Window(begin, end, late);
    }

    boolean isTopic() {
        return spool.isEmpty() && avro.isEmpty();
    }

    EventSource open() throws IOException {
        if ((spool.isPresent() ? 1 : 0) + (avro.isPresent() ? 1 : 0) + (connection.isGiven() ? 1 : 0) > 1) {
            throw new ParameterException(
                    spec.commandLine(), "one source: --bootstrap-servers with --registry, or --spool, or --avro");
        }
        if (spool.isPresent()) {
            return new SpoolSource(spool.get());
        }
        return avro.isPresent()
                ? new AvroFileSource(avro.get())
                : TopicSource.open(connection.address(), connection.decoder());
    }
}
