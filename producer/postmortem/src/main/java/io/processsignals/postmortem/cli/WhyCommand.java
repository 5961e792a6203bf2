// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.common.codec.ProcessText;
import io.processsignals.postmortem.source.EventHead;
import io.processsignals.postmortem.source.EventSource;
import io.processsignals.postmortem.source.Prefilter;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.TopicSource;
import io.processsignals.postmortem.source.Window;
import io.processsignals.postmortem.why.Collector;
import io.processsignals.postmortem.why.Death;
import io.processsignals.postmortem.why.HtmlReport;
import io.processsignals.postmortem.why.Incident;
import io.processsignals.postmortem.why.Report;
import io.processsignals.postmortem.why.Selection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code why}: one death, its verdict, timeline and evidence. */
@Command(
        name = "why",
        description = "Say who or what ended a process or container, and how sure that is.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLines.VersionProvider.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the cause is known",
            "1:no such death in the window, or its cause is not known",
            "2:wrong usage",
            "3:the source cannot be read"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  why --pod payments/api-7d9 --from -2h",
            "  why --code 137 --last",
            "  why --pid 8444 --node worker-3 --from 2026-11-20T14:00Z --to 2026-11-20T15:00Z",
            "  why --container 4f5e --spool /var/lib/process-signals/spool -o json",
        })
public final class WhyCommand implements Callable<Integer> {
    /** How {@code why} answers. */
    public enum Format {
        TEXT,
        JSON;

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

    @Option(names = "--container", paramLabel = "ID", description = "A container, by the begin of its id.")
    private Optional<String> container = Optional.empty();

    @Option(names = "--pod", paramLabel = "NS/NAME", description = "A pod.")
    private Optional<String> pod = Optional.empty();

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "A process, by its id on the node. With --node only the partitions of this process and of the"
                    + " node's losses are read.")
    private Optional<Integer> pid = Optional.empty();

    @Option(names = "--node", paramLabel = "NAME", description = "Only this node.")
    private Optional<String> node = Optional.empty();

    @Option(names = "--code", paramLabel = "CODE", description = "Exits with this code, for example 137.")
    private Optional<Integer> code = Optional.empty();

    @Option(names = "--last", description = "Of several deaths only the last one (else each, the newest first).")
    private boolean last;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); json is one object a line.")
    private Format format = Format.TEXT;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Also draw the incident into this self-contained file.")
    private Optional<Path> html = Optional.empty();

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            defaultValue = "UTC",
            converter = Zones.class,
            description = "Time zone of the output: UTC, local, +01:00, Europe/Berlin (default: ${DEFAULT-VALUE}).")
    private ZoneId zone = ZoneOffset.UTC;

    @Override
    public Integer call() throws IOException {
        Selection selection = selection();
        Window window = source.window();
        Collector collector = new Collector(selection);
        Incident incident;
        Optional<String> note;
        PrintWriter err = spec.commandLine().getErr();
        try (EventSource events = source.open()) {
            events.read(window, wanted(events, collector, new Progress(err)), stored -> {
                collector.add(stored.record());
                return true;
            });
            note = events.note().map(ProcessText::toDisplay);
            incident = collector.incident(events.isWhole());
        }
        if (collector.dropped() > 0) {
            String dropped = collector.dropped() + " events of the window were more than can be kept, the oldest ones:"
                    + " choose a smaller window";
            note = Optional.of(note.map(text -> text + "; " + dropped).orElse(dropped));
        }
        List<Death> deaths = selection.of(incident);
        if (deaths.isEmpty()) {
            err.println("why: no death of " + ProcessText.toDisplay(selection.toString()) + " from " + window + " ("
                    + collector.read() + " events read): check the name, --from and --to"
                    + note.map(text -> "; " + text).orElse(""));
            return ExitCodes.FINDING;
        }
        note.ifPresent(text -> err.println("-- " + text));
        return report(incident, selection, deaths);
    }

    private int report(Incident incident, Selection selection, List<Death> deaths) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        ObjectMapper mapper = new ObjectMapper();
        boolean all = code.isPresent() && pid.isEmpty() && container.isEmpty() && pod.isEmpty() && !last;
        List<Death> shown = all ? deaths : selection.choose(deaths).stream().toList();
        boolean known = true;
        for (Death death : shown) {
            Report report = new Report(incident, death);
            known &= report.finding().verdict().isKnown();
            if (format == Format.JSON) {
                out.println(report.toJson(mapper));
            } else {
                out.println(report.toText(zone));
            }
        }
        if (html.isPresent()) {
            draw(new Report(incident, shown.get(0)), html.get());
        }
        if (format == Format.TEXT && deaths.size() > shown.size()) {
            out.println("and " + (deaths.size() - shown.size()) + " more of " + selection + " in the window");
        }
        out.flush();
        return known ? ExitCodes.FINE : ExitCodes.FINDING;
    }

    private static void draw(Report report, Path file) throws IOException {
        try {
            Files.writeString(file, new HtmlReport(report).toHtml());
        } catch (IOException e) {
            throw new SourceException("--html " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private Selection selection() {
        if (container.isEmpty() && pod.isEmpty() && pid.isEmpty() && code.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "say which: --container, --pod, --pid or --code");
        }
        if (pod.isPresent() && pod.get().split("/", -1).length != 2) {
            throw new ParameterException(spec.commandLine(), "--pod is NAMESPACE/NAME, for example payments/api-7d9");
        }
        return new Selection(container, pod, pid, node, code);
    }

    /** With pid and node known, only the partitions of two keys are read. */
    private Supplier<Prefilter> wanted(EventSource events, Collector collector, Progress progress) {
        List<byte[]> keys;
        if (pid.isPresent() && node.isPresent()) {
            List<String> names = List.of(node.get() + "/" + pid.get(), node.get() + "/0"); // its own, and the losses'
            if (events instanceof TopicSource topic) {
                topic.onlyKeys(names);
            }
            keys = names.stream()
                    .map(name -> name.getBytes(StandardCharsets.UTF_8))
                    .toList();
        } else {
            keys = List.of();
        }
        return () -> new Wanted(keys, collector, progress);
    }

    /** What the collector wants, of some keys, or of all if there are none. */
    private static final class Wanted implements Prefilter {
        private final List<byte[]> keys;
        private final Collector collector;
        private final Prefilter collected;
        private final Progress progress;
        private int records;

        Wanted(List<byte[]> keys, Collector collector, Progress progress) {
            this.keys = keys;
            this.collector = collector;
            this.collected = collector.prefilter();
            this.progress = progress;
        }

        @Override
        public boolean key(byte[] key) {
            if ((++records & 0xfff) == 0) {
                progress.sayIfDue(() -> collector.read() + " events read");
            }
            for (byte[] wanted : keys) {
                if (Arrays.equals(key, wanted)) {
                    return true;
                }
            }
            return keys.isEmpty();
        }

        @Override
        public boolean head(EventHead head) {
            return collected.head(head);
        }
    }
}
