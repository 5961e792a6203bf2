// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import java.io.Serial;
import java.util.List;
import java.util.regex.Pattern;

/** The configuration cannot be used. Names everything that is wrong with it at once, one line each. */
public final class ConfigurationException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final Pattern CONTROLS = Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f]");

    @SuppressWarnings("serial") // List.copyOf is serializable
    private final List<String> problems;

    public ConfigurationException(List<String> problems) {
        super(String.join(System.lineSeparator(), lines(problems)));
        this.problems = lines(problems);
    }

    public ConfigurationException(String problem) {
        this(List.of(problem));
    }

    /** At least one; each says which key is wrong and what to do, and never holds a secret. */
    public List<String> problems() {
        return problems;
    }

    /** Keys and values may hold anything; a log line or a terminal must not. */
    private static List<String> lines(List<String> problems) {
        return problems.stream()
                .map(problem -> CONTROLS.matcher(problem).replaceAll("?"))
                .toList();
    }
}
