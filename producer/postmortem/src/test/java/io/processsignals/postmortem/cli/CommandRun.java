// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** What a run of a command left. */
record CommandRun(int exitCode, String out, String err) {
    static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = CommandLines.of(new PostmortemCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true));
        int exitCode = command.execute(arguments);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /** What it wrote to standard error, without the progress that only a slow machine is told. */
    List<String> complaints() {
        return err.lines().filter(line -> !line.startsWith("-- ")).toList();
    }
}
