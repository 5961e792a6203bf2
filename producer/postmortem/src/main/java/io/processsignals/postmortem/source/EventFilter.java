// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which events to show: one of the types, about one of the processes, with one of the commands; an empty choice takes
 * all. EVENTS_LOST is about no process and yet may concern any: only a choice of types leaves it out.
 */
public final class EventFilter implements Predicate<ProcessSignalEvent> {
    /** TASK_COMM_LEN - 1: the kernel keeps no more of a name. */
    private static final int COMMAND_LENGTH = 15;

    private final Set<EventType> types;
    private final Set<Integer> pids;
    private final List<Pattern> commands;

    /**
     * @param types event types
     * @param pids process or thread ids of the initial pid namespace
     * @param commands names, with {@code *} and {@code ?} as in a shell; a name that is longer than the kernel keeps
     *     matches what it keeps
     */
    public EventFilter(Collection<EventType> types, Collection<Integer> pids, Collection<String> commands) {
        this.types = Set.copyOf(types);
        this.pids = Set.copyOf(pids);
        this.commands = commands.stream().map(EventFilter::glob).toList();
    }

    @Override
    public boolean test(ProcessSignalEvent event) {
        if (!types.isEmpty() && !types.contains(event.getEventType())) {
            return false;
        }
        if (event.getEventType() == EventType.EVENTS_LOST) {
            return true;
        }
        return (pids.isEmpty() || pids.contains(event.getTgid()) || pids.contains(event.getPid()))
                && (commands.isEmpty()
                        || commands.stream()
                                .anyMatch(pattern ->
                                        pattern.matcher(event.getCommand()).matches()));
    }

    private static Pattern glob(String text) {
        String name = text;
        if (text.indexOf('*') < 0 && text.indexOf('?') < 0) {
            name = text.substring(0, Math.min(text.length(), COMMAND_LENGTH));
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            regex.append(
                    switch (c) {
                        case '*' -> ".*";
                        case '?' -> ".";
                        default -> Pattern.quote(String.valueOf(c));
                    });
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
