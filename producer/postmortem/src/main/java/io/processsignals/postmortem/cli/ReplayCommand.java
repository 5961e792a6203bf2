// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.EventType;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.replay.AvroOutput;
import io.processsignals.postmortem.replay.PrintOutput;
import io.processsignals.postmortem.replay.ProcessTree;
import io.processsignals.postmortem.replay.ReplayFilter;
import io.processsignals.postmortem.replay.ReplayOutput;
import io.processsignals.postmortem.replay.TimeSorter;
import io.processsignals.postmortem.replay.TopicOutput;
import io.processsignals.postmortem.source.EventHead;
import io.processsignals.postmortem.source.EventSource;
import io.processsignals.postmortem.source.Prefilter;
import io.processsignals.postmortem.source.StoredEvent;
import io.processsignals.postmortem.source.TopicSource;
import io.processsignals.postmortem.source.Window;
import io.processsignals.postmortem.why.Loss;
import io.processsignals.postmortem.why.ProcessId;
import io.processsignals.postmortem.why.SequenceLedger;
import io.processsignals.postmortem.why.WindowLedger;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code replay}: a window of events again, printed, saved or sent to another topic. */
@Command(
        name = "replay",
        description = "Show a window of events again, ordered by time, without duplicates.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLines.VersionProvider.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all of the window",
            "1:no event in the window",
            "2:wrong usage",
            "3:the source cannot be read"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  replay --from -15m --pod payments/api-7d9",
            "  replay --from 2026-11-20T14:00Z --to 2026-11-20T15:00Z -o avro --file night.avro",
            "  replay --from -24h --to -16h --to-topic rehearsal --speed 10x",
        })
public final class ReplayCommand implements Callable<Integer> {
    /** Forms of output. */
    public enum Format {
        COMPACT,
        WIDE,
        JSON,
        AVRO;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private SourceOptions source = new SourceOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "compact",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); avro needs --file.")
    private Format format = Format.COMPACT;

    @Option(names = "--file", paramLabel = "FILE", description = "Write the Avro container file here.")
    private Optional<Path> file = Optional.empty();

    @Option(
            names = "--to-topic",
            paramLabel = "TOPIC",
            description = "Send to this topic: keys, partitions and timestamps stay; the header " + TopicOutput.HEADER
                    + " marks the records.")
    private Optional<String> toTopic = Optional.empty();

    @Option(
            names = "--speed",
            paramLabel = "SPEED",
            defaultValue = "max",
            description = "How fast: max, 1x as it was, 10x (default: ${DEFAULT-VALUE}).")
    private String speed = "max";

    @Option(names = "--node", paramLabel = "NAME", split = ",", description = "Only these nodes.")
    private Set<String> nodes = new HashSet<>();

    @Option(names = "--pod", paramLabel = "NS[/NAME]", split = ",", description = "Only these pods or namespaces.")
    private Set<String> pods = new HashSet<>();

    @Option(names = "--container", paramLabel = "ID", split = ",", description = "Only containers whose id begins so.")
    private Set<String> containers = new HashSet<>();

    @Option(names = "--pid", paramLabel = "PID", split = ",", description = "Only these processes, ids as on the node.")
    private Set<Integer> pids = new HashSet<>();

    @Option(
            names = "--tree",
            paramLabel = "PID[@START]",
            converter = RootConverter.class,
            description = "Only this process and its descendants; START is its startTime in -o json, needed where the"
                    + " window has several processes of this id.")
    private Optional<ProcessTree.Root> tree = Optional.empty();

    @Option(names = "--type", paramLabel = "TYPE", split = ",", description = "Only these: ${COMPLETION-CANDIDATES}.")
    private Set<EventType> types = new HashSet<>();

    @Option(names = "--signal", paramLabel = "NUMBER", split = ",", description = "Only these signals.")
    private Set<Integer> signals = new HashSet<>();

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            defaultValue = "UTC",
            converter = Zones.class,
            description = "Time zone of the output (default: ${DEFAULT-VALUE}).")
    private ZoneId zone = ZoneOffset.UTC;

    private volatile boolean stopped;
    private volatile @Nullable TopicSource reading;
    private final WindowLedger ledger = new WindowLedger();
    private long written;
    private long announced;
    private Optional<String> note = Optional.empty();

    @Override
    public Integer call() throws IOException {
        double factor = factor();
        if (format == Format.AVRO && file.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "-o avro needs --file FILE");
        }
        if (toTopic.isPresent() && !source.isTopic()) {
            throw new ParameterException(
                    spec.commandLine(), "--to-topic needs a topic as source: the registry's schema ids are kept");
        }
        Window window = source.window();
        Interruption.during(() -> replay(window, factor), this::stop);
        PrintWriter err = spec.commandLine().getErr();
        Optional<String> odd = note.map(ProcessText::toDisplay);
        if (written == 0 && !stopped) {
            err.println("replay: no event from " + window + " (" + ledger.read()
                    + " read before the filters): check --from, --to and the filters"
                    + odd.map(text -> "; " + text).orElse(""));
            return ExitCodes.FINDING;
        }
        odd.ifPresent(text -> err.println("-- " + text));
        return ExitCodes.FINE;
    }

    private void stop() {
        stopped = true;
        TopicSource topic = reading;
        if (topic != null) {
            topic.stop();
        }
    }

    private void replay(Window window, double factor) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        ReplayFilter filter = new ReplayFilter(nodes, pods, containers, pids, types, signals);
        // The events that the filter leaves out tell who is whose child.
        ReplayFilter kept =
                tree.isEmpty() ? filter : new ReplayFilter(nodes, Set.of(), Set.of(), Set.of(), Set.of(), Set.of());
        Optional<ProcessTree> descendants = tree.map(ProcessTree::new);
        SequenceLedger once = new SequenceLedger();
        Progress progress = new Progress(err);
        try (EventSource events = source.open();
                TimeSorter sorter = new TimeSorter()) {
            reading = events instanceof TopicSource topic ? topic : null;
            events.read(window, () -> new Unseen(kept, progress), stored -> {
                ProcessSignalEvent event = stored.record().event();
                if (!once.add(event)) {
                    return !stopped;
                }
                account(event);
                if (kept.test(event)) {
                    descendants.ifPresent(all -> all.look(event));
                    sorter.add(stored);
                }
                return !stopped;
            });
            if (descendants.isPresent() && !stopped) {
                grow(descendants.get(), sorter, err);
            }
            if (stopped) {
                return;
            }
            Predicate<ProcessSignalEvent> shown = descendants
                    .<Predicate<ProcessSignalEvent>>map(all -> event -> all.test(event) && filter.test(event))
                    .orElse(event -> true);
            try (ReplayOutput output = output(events)) {
                play(sorter, shown, output, factor, progress);
                output.note().ifPresent(text -> err.println("-- " + text));
            }
            note = events.note();
            SequenceLedger seen = ledger.sequences();
            if (!seen.isComplete() || !once.isComplete()) {
                err.println("-- more sequences than can be remembered: some duplicates may be left, and gaps are not"
                        + " looked for");
            } else if (events.isWhole() && kept.seesAll()) {
                gaps(seen, err);
            }
        }
    }

    private void grow(ProcessTree descendants, TimeSorter sorter, PrintWriter err) throws IOException {
        List<ProcessId> roots = descendants.roots();
        if (roots.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--tree " + roots.get(0).tgid() + " is " + roots.size() + " processes in the window, such as "
                            + describe(roots.get(0)) + " and " + describe(roots.get(1))
                            + ": choose one with --node, PID@START or a smaller window");
        }
        sorter.drain(stored -> {
            descendants.learn(stored.record().event());
            return !stopped;
        });
        descendants.grow();
        if (!descendants.isComplete()) {
            err.println("-- the node has more processes in the window than can be kept: descendants may be missing");
        }
    }

    private static String describe(ProcessId process) {
        return process.tgid() + "@" + process.startTime() + " on " + ProcessText.toDisplay(process.node()) + " (boot "
                + ProcessText.toDisplay(process.bootId()) + ")";
    }

    private void play(
            TimeSorter sorter,
            Predicate<ProcessSignalEvent> shown,
            ReplayOutput output,
            double factor,
            Progress progress)
            throws IOException {
        Pace pace = new Pace(factor);
        sorter.drain(stored -> {
            if (!shown.test(stored.record().event())) {
                return !stopped;
            }
            pace.await(stored);
            if (stopped) {
                return false;
            }
            written++;
            sayProgress(progress);
            return output.write(stored) && !stopped;
        });
    }

    private void account(ProcessSignalEvent event) {
        LostInfo lost = event.getLostInfo();
        if (lost != null && event.getEventType() == EventType.EVENTS_LOST) {
            announced += lost.getCount();
        }
    }

    private void gaps(SequenceLedger ledger, PrintWriter err) {
        List<Loss> holes = ledger.holes();
        long missing = holes.stream().mapToLong(Loss::count).sum();
        if (missing > 0) {
            err.println("-- " + missing + " events are missing in the sequences, of which at most " + announced
                    + " were announced as lost; hooks: "
                    + holes.stream()
                            .map(hole -> hole.node() + " " + hole.hook())
                            .distinct()
                            .sorted()
                            .toList());
        }
    }

    private ReplayOutput output(EventSource events) throws IOException {
        if (toTopic.isPresent() && events instanceof TopicSource topic) {
            return new TopicOutput(source.connection().address(), toTopic.get(), topic.partitions());
        }
        PrintWriter out = spec.commandLine().getOut();
        return switch (format) {
            case COMPACT -> new PrintOutput(OutputFormat.COMPACT.renderer(zone), out);
            case WIDE -> new PrintOutput(OutputFormat.WIDE.renderer(zone), out);
            case JSON -> new PrintOutput(OutputFormat.JSON.renderer(zone), out);
            case AVRO -> new AvroOutput(Files.newOutputStream(file.orElseThrow()));
        };
    }

    /** Events a second of original time; infinite: at once. */
    private double factor() {
        if (speed.equalsIgnoreCase("max")) {
            return Double.POSITIVE_INFINITY;
        }
        try {
            double factor = Double.parseDouble(speed.replaceFirst("[xX]$", ""));
            if (factor > 0) {
                return factor;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ParameterException(spec.commandLine(), "--speed '" + speed + "' is not max, 1x, 10x or such");
    }

    private void sayProgress(Progress progress) {
        progress.sayIfDue(() -> ledger.read() + " events read, " + written + " written");
    }

    /** The filter, for events that its thread did not see before. */
    private final class Unseen implements Prefilter {
        private final ReplayFilter filter;
        private final Progress progress;
        private final WindowLedger.Share seen = ledger.share();
        private int heads;

        Unseen(ReplayFilter filter, Progress progress) {
            this.filter = filter;
            this.progress = progress;
        }

        @Override
        public boolean key(byte[] key) {
            return filter.key(key);
        }

        @Override
        public boolean head(EventHead head) {
            if ((++heads & 0xfff) == 0) {
                sayProgress(progress);
            }
            return seen.add(head) && filter.head(head);
        }
    }

    /** Reads the root of a tree. */
    static final class RootConverter implements ITypeConverter<ProcessTree.Root> {
        @Override
        public ProcessTree.Root convert(String text) {
            try {
                return ProcessTree.Root.parse(text);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is not a process id such as 4711 or 4711@81234567");
            }
        }
    }

    /** Keeps the distances in time between events, divided by the factor. */
    private final class Pace {
        private final double factor;
        private @Nullable Instant first;
        private long startNanos;

        Pace(double factor) {
            this.factor = factor;
        }

        void await(StoredEvent stored) {
            if (Double.isInfinite(factor)) {
                return;
            }
            Instant time = stored.record().event().getTimestamp();
            if (first == null) {
                first = time;
                startNanos = System.nanoTime();
            }
            double due = Duration.between(first, time).toNanos() / factor;
            while (!stopped && System.nanoTime() - startNanos < due) {
                long left = (long) due - (System.nanoTime() - startNanos);
                LockSupport.parkNanos(Math.min(left, 100_000_000L));
            }
        }
    }
}
