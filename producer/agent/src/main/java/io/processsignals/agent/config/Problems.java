// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is wrong with a configuration. Names where a value was to be found, never what a provider found there. */
final class Problems {
    private final List<String> problems = new ArrayList<>();
    private final Map<String, String> references = new HashMap<>();

    /** The key's value as written refers to a provider: what comes of it may be a secret, whatever the key. */
    void refers(String key, String reference) {
        references.put(key, reference);
    }

    void add(String problem) {
        problems.add(problem);
    }

    /** @param problem with the value that is wrong, which is left out if a provider gave it */
    void addInvalid(String key, String problem) {
        String reference = references.get(key);
        problems.add(reference == null ? problem : "key " + key + ": what is at " + reference + " is no valid value");
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    List<String> all() {
        return List.copyOf(problems);
    }
}
