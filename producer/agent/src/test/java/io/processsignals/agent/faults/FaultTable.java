// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** The table of {@code bin/test faults}: a line for each fault, printed and kept in {@code target/faults.txt}. */
public final class FaultTable {
    private static final Path FILE = Path.of("target/faults.txt");
    private static final String HEADINGS = String.format(
            Locale.ROOT,
            "%-42s %10s %10s %10s %10s %8s  %s",
            "fault",
            "generated",
            "delivered",
            "duplicates",
            "counted",
            "missing",
            "told");

    private FaultTable() {}

    /**
     * @param generated events that took a sequence
     * @param counted told as lost by EVENTS_LOST
     * @param missing neither delivered nor counted
     * @param told what the agent said meanwhile
     */
    public static synchronized void add(
            String fault, long generated, long delivered, long duplicates, long counted, long missing, String told) {
        String line = String.format(
                Locale.ROOT,
                "%-42s %10d %10d %10d %10d %8d  %s",
                fault,
                generated,
                delivered,
                duplicates,
                counted,
                missing,
                told);
        System.out.println(HEADINGS + System.lineSeparator() + line);
        try {
            boolean begun = Files.exists(FILE);
            Files.writeString(
                    FILE,
                    (begun ? "" : HEADINGS + "\n") + line + "\n",
                    UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void add(String fault, SequenceAudit audit, String told) {
        add(fault, audit.generated(), audit.delivered(), audit.duplicates(), audit.counted(), audit.missing(), told);
    }
}
