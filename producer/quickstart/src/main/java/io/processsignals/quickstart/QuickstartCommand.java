// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import io.processsignals.common.Version;
import io.processsignals.embedded.Loopback;
import io.processsignals.postmortem.cli.CommandLines;
import io.processsignals.postmortem.cli.Durations;
import io.processsignals.postmortem.cli.ExitCodes;
import io.processsignals.postmortem.cli.Interruption;
import io.processsignals.postmortem.cli.LiveView;
import io.processsignals.postmortem.cli.Zones;
import io.processsignals.postmortem.render.CompactRenderer;
import io.processsignals.postmortem.source.TopicReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quickstart}: broker, registry, agent and live view, until Ctrl-C. */
@Command(
        name = "quickstart",
        description = "Start a broker, a registry and the agent on this machine, and show what they see.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLines.VersionProvider.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended by --duration",
            "2:wrong usage",
            "3:cannot run here: not root, no BTF, a port is in use"
        })
public final class QuickstartCommand implements Callable<Integer> {
    private static final int KAFKA_PORT = 9092;
    private static final int REGISTRY_PORT = 8081;
    private static final int METRICS_PORT = 9464;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            description = "Port of Kafka; 0 for a free one (default: 9092, or a free one if that is in use).")
    private Optional<Integer> kafkaPort = Optional.empty();

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            description = "Port of the registry; 0 for a free one (default: 8081, or a free one if that is in use).")
    private Optional<Integer> registryPort = Optional.empty();

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            description = "Port of the metrics; 0 for a free one (default: 9464, or a free one if that is in use).")
    private Optional<Integer> metricsPort = Optional.empty();

    @Option(names = "--no-view", description = "Do not show events.")
    private boolean noView;

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            converter = Durations.class,
            description = "End so long after everything is ready, for example 5m.")
    private Optional<Duration> duration = Optional.empty();

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            defaultValue = "UTC",
            converter = Zones.class,
            description = "Time zone of the view: UTC, local, +01:00, Europe/Berlin (default: ${DEFAULT-VALUE}).")
    private ZoneId zone = ZoneOffset.UTC;

    private final CountDownLatch stop = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException {
        Interruption.during(this::run, stop::countDown);
        return ExitCodes.FINE;
    }

    private void run() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        long began = System.nanoTime();
        Quickstart.Ports ports = new Quickstart.Ports(
                port(kafkaPort, KAFKA_PORT), port(registryPort, REGISTRY_PORT), port(metricsPort, METRICS_PORT));
        try (Quickstart quickstart = Quickstart.start(ports, Map.of())) {
            out.printf(
                    Locale.ROOT,
                    "process-signals %s: capture attached after %.1f s; starting Kafka and the registry%n",
                    Version.text(),
                    (System.nanoTime() - began) / 1e9);
            out.flush();
            quickstart.awaitReady();
            if (stop.getCount() > 0) {
                describe(quickstart, out);
                watch(quickstart, out);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private static int port(Optional<Integer> given, int usual) throws IOException {
        int port = given.orElse(Loopback.isFree(usual) ? usual : 0);
        return port == 0 ? Loopback.freePort() : port;
    }

    private static void describe(Quickstart quickstart, PrintWriter out) {
        String connection =
                "--bootstrap-servers " + quickstart.bootstrapServers() + " --registry " + quickstart.registryUrl();
        out.println("ready bootstrap=" + quickstart.bootstrapServers() + " registry=" + quickstart.registryUrl()
                + " metrics=" + quickstart.metricsUrl());
        out.println();
        out.println("Try in another terminal:");
        out.println("  sleep 300 & kill -9 $!");
        out.println("  bin/process-signals tail " + connection + " -o json --from-beginning --timeout 5s");
        out.println("  curl -s " + quickstart.metricsUrl() + " | grep ^runtime_");
        out.println("Ctrl-C ends everything.");
        out.println();
        out.flush();
    }

    private void watch(Quickstart quickstart, PrintWriter out) throws IOException, InterruptedException {
        if (noView) {
            awaitStop();
            return;
        }
        try (TopicReader reader = quickstart.openReader(true)) {
            LiveView view = new LiveView(
                    reader,
                    new CompactRenderer(zone),
                    event -> true,
                    LiveView.Limits.NONE,
                    true,
                    out,
                    spec.commandLine().getErr());
            Thread stopper = new Thread(
                    () -> {
                        try {
                            awaitStop();
                            view.stop();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt(); // the view ended first
                        }
                    },
                    "view-stop");
            stopper.start();
            try {
                view.run();
            } finally {
                stopper.interrupt();
                stopper.join();
            }
        }
    }

    private void awaitStop() throws InterruptedException {
        if (duration.isPresent()) {
            stop.await(duration.get().toMillis(), TimeUnit.MILLISECONDS);
        } else {
            stop.await();
        }
    }
}
