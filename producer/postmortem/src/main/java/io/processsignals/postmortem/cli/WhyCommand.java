// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.processsignals.common.codec.ProcessText;
import io.processsignals.postmortem.source.EventSource;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.Window;
import io.processsignals.postmortem.why.Death;
import io.processsignals.postmortem.why.HtmlReport;
import io.processsignals.postmortem.why.Incident;
import io.processsignals.postmortem.why.Report;
import io.processsignals.postmortem.why.Selection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
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
                    + " node's losses are read; without, of a large window, all that is about others only around its"
                    + " death.")
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
        PrintWriter err = spec.commandLine().getErr();
        IncidentReader reader = new IncidentReader(selection, window, new Progress(err));
        Incident incident;
        Optional<String> note;
        try (EventSource events = source.open()) {
            incident = reader.read(events);
            note = events.note().map(ProcessText::toDisplay);
        }
        if (reader.dropped() > 0) {
            String dropped = reader.dropped() + " events of the window were more than can be kept, the oldest ones:"
                    + " choose a smaller window";
            note = Optional.of(note.map(text -> text + "; " + dropped).orElse(dropped));
        }
        List<Death> deaths = selection.of(incident);
        if (deaths.isEmpty()) {
            err.println("why: no death of " + ProcessText.toDisplay(selection.toString()) + " from " + window + " ("
                    + reader.records() + " events read): check the name, --from and --to"
                    + note.map(text -> "; " + text).orElse(""));
            return ExitCodes.FINDING;
        }
        note.ifPresent(text -> err.println("-- " + text));
        boolean whole = reader.readFrom().equals(window.from());
        if (!whole) {
            err.println("-- before " + reader.readFrom() + ", deaths of " + selection + " were looked for on node "
                    + ProcessText.toDisplay(deaths.get(0).process().node()) + " only: --to=" + reader.readFrom()
                    + " finds those on others");
        }
        return report(incident, selection, deaths, whole ? "in the window" : "in what was read of the window");
    }

    private int report(Incident incident, Selection selection, List<Death> deaths, String where) throws IOException {
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
            out.println("and " + (deaths.size() - shown.size()) + " more of " + selection + " " + where);
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
}
