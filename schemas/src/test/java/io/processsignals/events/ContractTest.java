// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ContractTest {
    private static final String BEGIN = "<!-- fields: generated from ProcessSignalEvent.avsc by ContractTest -->\n";
    private static final Pattern PYTHON = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL);
    private static final String END = "<!-- end of fields -->\n";

    @Test
    void theTablesAreThoseOfTheSchema() throws IOException {
        String contract = Files.readString(SchemaFiles.CONTRACT);
        int begin = contract.indexOf(BEGIN);
        int end = contract.indexOf(END);
        assertThat(begin).as("marker " + BEGIN).isNotNegative();
        assertThat(end).as("marker " + END).isGreaterThan(begin);
        String tables = "\n" + ContractTables.render(SchemaFiles.current()) + "\n";
        if (SchemaFiles.write()) {
            Files.writeString(
                    SchemaFiles.CONTRACT,
                    contract.substring(0, begin + BEGIN.length()) + tables + contract.substring(end));
            return;
        }
        assertThat(contract.substring(begin + BEGIN.length(), end))
                .as("the tables in CONTRACT.md are out of date: " + SchemaFiles.writeCommand("ContractTest"))
                .isEqualTo(tables);
    }

    @Test
    void everyEventTypeIsExplained() throws IOException {
        String contract = Files.readString(SchemaFiles.CONTRACT);
        for (EventType type : EventType.values()) {
            assertThat(contract).contains("| `" + type + "` |");
        }
    }

    /** The Python examples are run, with the checks of contract_examples_check.py behind them. */
    @Test
    void theExamplesHold() throws IOException, InterruptedException {
        Matcher blocks = PYTHON.matcher(Files.readString(SchemaFiles.CONTRACT));
        StringBuilder script = new StringBuilder();
        while (blocks.find()) {
            script.append(blocks.group(1).stripIndent()).append('\n');
        }
        script.append(Files.readString(Path.of("src/test/resources/contract_examples_check.py")));
        Process python =
                new ProcessBuilder("python3", "-").redirectErrorStream(true).start();
        try (Writer input = python.outputWriter(StandardCharsets.UTF_8)) {
            input.append(script);
        }
        String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(output).isEqualTo("examples hold\n");
        assertThat(python.waitFor()).isZero();
    }
}
