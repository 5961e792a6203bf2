// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.junit.jupiter.api.Test;

/** The configuration section of README.md is written from the ConfigDef: with {@code -Dreadme.write=true}, by this. */
class ConfigurationTableTest {
    private static final Path README = Path.of(System.getProperty("basedir", "."), "../../README.md");
    private static final String BEGIN = "<!-- configuration: written by ConfigurationTableTest -->\n";
    private static final String END = "<!-- configuration: end -->\n";
    private static final String HOW =
            "README.md is not what AgentConfig says; write it anew with: mvn -q -pl producer/agent -am test"
                    + " -Dtest=ConfigurationTableTest -Dsurefire.failIfNoSpecifiedTests=false -Dreadme.write=true";

    @Test
    void readmeListsEveryKeyAsItIsDefined() throws IOException {
        String readme = Files.readString(README, UTF_8);
        int begin = readme.indexOf(BEGIN) + BEGIN.length();
        int end = readme.indexOf(END);
        String wanted = readme.substring(0, begin) + tables() + readme.substring(end);
        if (Boolean.getBoolean("readme.write")) {
            Files.writeString(README, wanted, UTF_8);
            return;
        }
        assertThat(readme).as(HOW).isEqualTo(wanted);
    }

    private static String tables() {
        ConfigDef def = AgentConfig.configDef();
        StringBuilder text = new StringBuilder();
        for (String group : def.groups()) {
            text.append("\n**").append(group).append("**\n\n| key | default | meaning |\n|---|---|---|\n");
            List<ConfigKey> keys = def.configKeys().values().stream()
                    .filter(key -> group.equals(key.group))
                    .sorted((a, b) -> Integer.compare(a.orderInGroup, b.orderInGroup))
                    .toList();
            for (ConfigKey key : keys) {
                text.append("| `%s` | %s | %s |%n".formatted(key.name, defaultOf(key), meaningOf(key)));
            }
        }
        return text.append('\n').toString();
    }

    private static String defaultOf(ConfigKey key) {
        if (key.defaultValue == null || key.defaultValue.toString().isEmpty()) {
            return "";
        }
        String text = key.defaultValue.toString();
        return text.equals("[]") ? "" : "`" + text + "`";
    }

    private static String meaningOf(ConfigKey key) {
        String meaning = key.documentation.replace("|", "\\|");
        if (!(key.validator instanceof ConfigDef.Range)) {
            return meaning;
        }
        // "[1,...,100]" as Kafka writes it; "[1,...]" without an upper end
        String[] ends = key.validator.toString().replaceAll("[\\[\\] ]", "").split(",");
        return meaning + (ends.length == 3 ? " %s to %s.".formatted(ends[0], ends[2]) : " At least " + ends[0] + ".");
    }
}
