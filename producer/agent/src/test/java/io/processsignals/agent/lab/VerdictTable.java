// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import io.processsignals.agent.lab.Finding.Verdict;
import io.processsignals.events.ProcessSignalEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Every kind of death with its verdict: the worst of all its deaths and their fields. */
final class VerdictTable {
    /** One kind. */
    private static final class Row {
        final String what;
        final List<Finding> findings = new ArrayList<>();
        String expected = "";
        int deaths;

        @Nullable
        String notRun;

        boolean failed;

        Row(String what) {
            this.what = what;
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

    static VerdictTable of(List<LabReport> reports, List<ProcessSignalEvent> events, boolean oomDecisionsSeen) {
        VerdictTable table = new VerdictTable();
        Judge judge = new Judge(events, oomDecisionsSeen);
        for (LabReport report : reports) {
            Row row = table.rows.computeIfAbsent(report.kind(), kind -> new Row(report.what()));
            if (report.died()) {
                row.deaths++;
                row.findings.addAll(judge.judge(report));
                if (row.expected.isEmpty() || report.part().equals("victim")) {
                    row.expected = inWords(report);
                }
            } else {
                row.notRun = report.outcome() + ": " + report.reason();
                row.failed |= !report.outcome().equals("skipped");
            }
        }
        return table;
    }

    /** For the contract: what is known for sure of each kind of death. */
    String toMarkdown() {
        StringBuilder text = new StringBuilder("| death | known for sure | may be left open |\n|---|---|---|\n");
        rows.forEach((kind, row) -> {
            if (row.deaths > 0) {
                text.append(
                        "| %s | %s | %s |%n".formatted(row.what.replace("|", "\\|"), row.expected, row.openFields()));
            }
        });
        return text.toString();
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
        StringBuilder text = new StringBuilder();
        text.append("%-20s %6s  %-44s %s%n".formatted("KIND", "DEATHS", "EXPECTED", "VERDICT"));
        rows.forEach((kind, row) -> text.append("%-20s %6d  %-44s %s%n"
                .formatted(kind, row.deaths, row.expected, row.deaths == 0 ? row.notRun : inWords(row))));
        return text.toString();
    }

    private static String inWords(Row row) {
        return row.verdict() + (row.verdict() == Verdict.OPEN ? " (" + row.openFields() + ")" : "");
    }

    /** For example {@code SIGKILL by USER, sender named} or {@code exit 3}. */
    private static String inWords(LabReport report) {
        int signal = report.waitStatus() & 0x7f;
        if (signal == 0) {
            return "exit " + (report.waitStatus() >> 8 & 0xff) + ", no cause";
        }
        String end = "signal " + signal + ((report.waitStatus() & 0x80) != 0 ? " + core" : "");
        if (!report.hasCause()) {
            return end + ", no cause";
        }
        LabReport.Cause cause = report.cause();
        return end + ", " + cause.origin() + (cause.oom() ? ", OOM" : "")
                + (cause.senders().isEmpty() ? "" : ", sender");
    }
}
