// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The table of deaths in CONTRACT.md is what the lab says; with {@code -Dcontract.write=true}, it is written anew. */
final class ContractTable {
    /** The kernel whose run writes it: it can run every kind. */
    static final String SERIES = "6.1";

    private static final Path CONTRACT = Path.of(System.getProperty("basedir", "."), "../../schemas/CONTRACT.md");
    private static final String BEGIN = "<!-- deaths: written by KernelMatrixIT -->\n";
    private static final String END = "<!-- deaths: end -->\n";
    private static final String HOW =
            "the table of deaths in CONTRACT.md is not what the lab says; write it anew with: mvn -q verify"
                    + " -pl producer/agent -am -Dtest=none -Dit.test=KernelMatrixIT"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false"
                    + " -Dcontract.write=true";

    private ContractTable() {}

    static void check(VerdictTable table) throws IOException {
        String contract = Files.readString(CONTRACT, UTF_8);
        int begin = contract.indexOf(BEGIN);
        int end = contract.indexOf(END);
        assertThat(begin).as("marker " + BEGIN).isNotNegative();
        assertThat(end).as("marker " + END).isGreaterThan(begin);
        String wanted = contract.substring(0, begin + BEGIN.length()) + "\n" + table.toMarkdown() + "\n"
                + contract.substring(end);
        if (Boolean.getBoolean("contract.write")) {
            Files.writeString(CONTRACT, wanted, UTF_8);
            return;
        }
        assertThat(contract).as(HOW).isEqualTo(wanted);
    }
}
