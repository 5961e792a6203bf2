// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.why.ProcessId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A process and what comes from it. A pid may be of several processes in a window; the root is one of them, with its
 * node, boot and start time. Every event is shown to {@link #look}, then again to {@link #learn}: a process that never
 * called exec has no event before its exit, which comes after those of its children.
 *
 * <p>Bounded: of {@value #MAX_PROCESSES} processes the parents are remembered.
 */
public final class ProcessTree {
    private static final int MAX_PROCESSES = 500_000;

    private final Root wanted;
    private final Set<ProcessId> roots = new LinkedHashSet<>();
    private final Map<ProcessId, Set<ProcessId>> children = new HashMap<>();
    private final Set<ProcessId> members = new HashSet<>();
    private int known;
    private boolean complete = true;

    /**
     * Which process is the root.
     *
     * @param startTime microseconds of CLOCK_BOOTTIME; needed only where the pid is of several processes
     */
    public record Root(int pid, OptionalLong startTime) {
        /**
         * @param text {@code PID} or {@code PID@STARTTIME}
         * @throws NumberFormatException if it is neither
         */
        public static Root parse(String text) {
            int at = text.indexOf('@');
            return at < 0
                    ? new Root(Integer.parseInt(text), OptionalLong.empty())
                    : new Root(
                            Integer.parseInt(text.substring(0, at)),
                            OptionalLong.of(Long.parseLong(text.substring(at + 1))));
        }

        /** A start time of 0 is not known, and then neither which process it is. */
        boolean is(ProcessId process) {
            return process.tgid() == pid
                    && process.startTime() != 0
                    && (startTime.isEmpty() || startTime.getAsLong() == process.startTime());
        }
    }

    public ProcessTree(Root wanted) {
        this.wanted = wanted;
    }

    /** First: which processes the root may be. */
    public void look(ProcessSignalEvent event) {
        if (event.getTgid() == wanted.pid) {
            addRoot(ProcessId.of(event));
        } else if (event.getPpid() == wanted.pid) {
            addRoot(ProcessId.parent(event));
        }
    }

    private void addRoot(ProcessId process) {
        if (wanted.is(process)) {
            roots.add(process);
        }
    }

    /** Those that the root may be; a tree can be made of one. */
    public List<ProcessId> roots() {
        return List.copyOf(roots);
    }

    /** Second: who is whose child. */
    public void learn(ProcessSignalEvent event) {
        if (event.getTgid() == 0 || !isOnNode(event)) {
            return;
        }
        if (known >= MAX_PROCESSES) {
            complete = false;
            return;
        }
        if (children.computeIfAbsent(ProcessId.parent(event), id -> new HashSet<>(2))
                .add(ProcessId.of(event))) {
            known++;
        }
    }

    /** Third: to be called before {@link #test}. */
    public void grow() {
        Deque<ProcessId> next = new ArrayDeque<>(roots);
        members.addAll(roots);
        while (!next.isEmpty()) {
            for (ProcessId child : children.getOrDefault(next.remove(), Set.of())) {
                if (members.add(child)) {
                    next.add(child);
                }
            }
        }
    }

    /** Whether the event is about one of the tree, or about losses of its node. */
    public boolean test(ProcessSignalEvent event) {
        return event.getEventType() == EventType.EVENTS_LOST ? isOnNode(event) : members.contains(ProcessId.of(event));
    }

    /** Whether all processes of the node could be remembered. */
    public boolean isComplete() {
        return complete;
    }

    private boolean isOnNode(ProcessSignalEvent event) {
        return roots.stream()
                .anyMatch(root ->
                        root.node().equals(event.getNode()) && root.bootId().equals(event.getBootId()));
    }
}
