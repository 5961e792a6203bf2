// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.util.regex.Pattern;

/** What Kafka takes for a topic's name. */
final class TopicName {
    private static final Pattern LEGAL = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    private TopicName() {}

    /** @throws IllegalArgumentException naming the topic and what is allowed */
    static void check(String name) {
        if (!LEGAL.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("topic.name '" + OneLine.of(name)
                    + "' is not a topic's name: use 1 to 249 letters, digits, '.', '_' or '-'");
        }
    }
}
