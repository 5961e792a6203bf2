// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.processsignals.agent.fuzz.FuzzFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file, and behind a byte 0 what the environment sets: either a configuration comes of it or a
 * {@link ConfigurationException} whose message says so in one line for each problem.
 */
public final class ConfigFuzz {
    private static final Path FILE = FuzzFolder.create("config").resolve("fuzz.properties");

    private static final FuzzFolder.Content CONTENT = new FuzzFolder.Content(FILE);

    private ConfigFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != 0) {
            end++;
        }
        try {
            CONTENT.set(input, end);
            AgentConfig config = ConfigLoader.load(Optional.of(FILE), environment(input, end));
            config.requireKafka();
            config.captureOptions();
            config.spool();
            require(!config.toString().isEmpty(), "no text");
        } catch (ConfigurationException e) {
            require(!e.problems().isEmpty(), "no reason");
            e.problems().forEach(problem -> require(isLine(problem), "not one line: " + problem));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> environment(byte[] input, int start) {
        Map<String, String> environment = new HashMap<>();
        if (start < input.length) {
            String[] parts = new String(input, start + 1, input.length - start - 1, ISO_8859_1).split("\0", 8);
            for (int i = 0; i + 1 < parts.length; i += 2) {
                environment.put(AgentConfig.ENVIRONMENT_PREFIX + parts[i], parts[i + 1]);
            }
        }
        return environment;
    }

    private static boolean isLine(String text) {
        return !text.isEmpty() && text.chars().noneMatch(Character::isISOControl);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
