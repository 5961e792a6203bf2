// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine;

/** What a run of a command left. */
record CommandRun(int exitCode, String out, String err) {
    private static final Pattern PROGRESS = Pattern.compile("-- \\d+ events read(, \\d+ written)?");

    static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = CommandLines.of(new PostmortemCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true));
        int exitCode = command.execute(arguments);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /** What it wrote to standard error, without its progress. */
    List<String> complaints() {
        return complaints(err);
    }

    /** Without the lines that only a slow machine is told; warnings begin with the same dashes. */
    static List<String> complaints(String err) {
        return err.lines().filter(line -> !PROGRESS.matcher(line).matches()).toList();
    }
}
