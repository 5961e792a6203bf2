// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import io.processsignals.agent.lab.Finding.Verdict;
import io.processsignals.events.ProcessSignalEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Every kind of death with its verdict: the worst of all its deaths and their fields. */
final class VerdictTable {
    /** One kind. */
    private static final class Row {
        final String what;
        final List<Finding> findings = new ArrayList<>();
        /** Of all its deaths, each way to say it once. */
        final Set<String> seen = new TreeSet<>();

        final Set<String> mayBeOpen = new TreeSet<>();
        int deaths;
        boolean victimTold;

        @Nullable
        LabReport example;

        @Nullable
        String notRun;

        boolean failed;

        Row(String what) {
            this.what = what;
        }

        /** The victim's death speaks for the kind, else the first one. */
        void tell(LabReport report, String said) {
            if (report.part().equals("victim") && !victimTold) {
                victimTold = true;
                seen.clear();
                example = report;
            } else if (example == null) {
                example = report;
            }
            if (report.part().equals(example.part())) {
                seen.add(said);
            }
        }

        Verdict verdict() {
            return findings.stream()
                    .map(Finding::verdict)
                    .max(Verdict::compareTo)
                    .orElse(Verdict.WRONG);
        }

        String openFields() {
            return findings.stream()
                    .filter(finding -> finding.verdict() == Verdict.OPEN)
                    .map(Finding::field)
                    .collect(Collectors.toCollection(TreeSet::new))
                    .stream()
                    .collect(Collectors.joining(", "));
        }
    }

    private final Map<String, Row> rows = new LinkedHashMap<>();

    static VerdictTable of(List<LabReport> reports, List<ProcessSignalEvent> events, KernelEvidence evidence) {
        VerdictTable table = new VerdictTable();
        Judge judge = new Judge(events, evidence);
        for (LabReport report : reports) {
            Row row = table.rows.computeIfAbsent(report.kind(), kind -> new Row(report.what()));
            if (report.died()) {
                row.deaths++;
                row.findings.addAll(judge.judge(report));
                row.mayBeOpen.addAll(mayBeOpen(report));
                row.tell(report, judge.seen(report));
            } else {
                row.notRun = report.outcome() + ": " + report.reason();
                row.failed |= !report.outcome().equals("skipped");
            }
        }
        return table;
    }

    /**
     * For the contract: what is known for sure of each kind of death, and what the kernel's evidence may leave open, by
     * the lab's own word and not by what this run saw.
     */
    String toMarkdown() {
        StringBuilder text =
                new StringBuilder("| death | known for sure | may be absent or `UNKNOWN` |\n|---|---|---|\n");
        rows.forEach((kind, row) -> {
            if (row.example != null) {
                text.append("| %s | %s | %s |%n"
                        .formatted(
                                row.what.replace("|", "\\|"),
                                inWords(row.example, true),
                                row.mayBeOpen.stream()
                                        .map(field -> "`" + field + "`")
                                        .collect(Collectors.joining(", "))));
            }
        });
        return text.toString();
    }

    private static List<String> mayBeOpen(LabReport report) {
        List<String> open = new ArrayList<>();
        if (report.hasCause()) {
            report.cause().open().forEach(word -> open.add(word.equals("cause") ? word : "cause." + word));
        }
        if (report.hasOomKill()) {
            // Needs the hook on oom_kill_process or a stack that can be read.
            open.addAll(List.of("oomInfo.constraint", "oomInfo.limitBytes", "oomInfo.limitingCgroupPath"));
        }
        return open;
    }

    /** What is wrong, one line each; empty: nothing. */
    List<String> wrong() {
        List<String> wrong = new ArrayList<>();
        rows.forEach((kind, row) -> {
            if (row.failed) {
                wrong.add(kind + ": " + row.notRun);
            }
            row.findings.stream()
                    .filter(finding -> finding.verdict() == Verdict.WRONG)
                    .map(Finding::toString)
                    .forEach(wrong::add);
        });
        return wrong;
    }

    /** Kinds of which at least one death was judged. */
    long judged() {
        return rows.values().stream().filter(row -> row.deaths > 0).count();
    }

    String toText() {
        String format = "%-20s %6s  %-34s %-34s %s%n";
        StringBuilder text = new StringBuilder(format.formatted("KIND", "DEATHS", "EXPECTED", "SEEN", "VERDICT"));
        rows.forEach((kind, row) -> text.append(format.formatted(
                kind,
                row.deaths,
                row.example == null ? "" : inWords(row.example, false),
                String.join(" | ", row.seen),
                row.deaths == 0 ? row.notRun : inWords(row))));
        return text.toString();
    }

    private static String inWords(Row row) {
        return row.verdict() + (row.verdict() == Verdict.OPEN ? " (" + row.openFields() + ")" : "");
    }

    /**
     * For example {@code signal 9, USER, sender} or {@code exit 3}.
     *
     * @param sure without what may be left open
     */
    private static String inWords(LabReport report, boolean sure) {
        int signal = report.waitStatus() & 0x7f;
        if (signal == 0) {
            return "exit " + (report.waitStatus() >> 8 & 0xff);
        }
        String end = "signal " + signal + ((report.waitStatus() & 0x80) != 0 ? " + core" : "");
        if (!report.hasCause()) {
            return end + ", no cause";
        }
        LabReport.Cause cause = report.cause();
        if (sure && cause.open("cause")) {
            return end;
        }
        return end
                + (sure && cause.open("origin") ? "" : ", " + cause.origin())
                + (cause.oom() ? ", OOM" : "")
                + (cause.senders().isEmpty() || (sure && cause.open("sender")) ? "" : ", sender");
    }
}
