// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.events.Container;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import io.processsignals.postmortem.source.EventDetails;
import io.processsignals.postmortem.source.EventHead;
import io.processsignals.postmortem.source.Prefilter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events to replay; an empty choice takes all. EVENTS_LOST may concern any process: only a choice of types or
 * nodes leaves it out.
 *
 * @param pods {@code namespace/name}, or {@code namespace}
 * @param containers begins of container ids
 * @param signals numbers; of what was sent, and of what ended a process
 */
public record ReplayFilter(
        Set<String> nodes,
        Set<String> pods,
        Set<String> containers,
        Set<Integer> pids,
        Set<EventType> types,
        Set<Integer> signals)
        implements Prefilter {
    public boolean test(ProcessSignalEvent event) {
        if (!has(types, event.getEventType()) || !has(nodes, event.getNode())) {
            return false;
        }
        return event.getEventType() == EventType.EVENTS_LOST
                || (has(pids, event.getTgid()) && inContainer(event.getContainer()) && hasSignal(event));
    }

    /** By the record's key: others need not be decoded, but their sequences then look like holes. */
    @Override
    public boolean key(byte[] key) {
        if (seesAll()) {
            return true;
        }
        String text = new String(key, StandardCharsets.UTF_8);
        int slash = text.lastIndexOf('/');
        if (slash < 0) {
            return true;
        }
        String tgid = text.substring(slash + 1);
        return has(nodes, text.substring(0, slash))
                && (pids.isEmpty()
                        || tgid.equals("0")
                        || pids.stream().anyMatch(pid -> tgid.equals(String.valueOf(pid))));
    }

    @Override
    public boolean head(EventHead head) {
        EventType type = head.eventType();
        if (type == EventType.EVENTS_LOST) {
            return true;
        }
        boolean mayHaveSignal = type == EventType.SIGNAL_SENT
                || type == EventType.SIGNAL_DELIVERED
                || type == EventType.PROCESS_EXIT
                || type == EventType.UNKNOWN;
        return has(types, type)
                && has(nodes, head.node())
                && has(pids, head.tgid())
                && (signals.isEmpty() || mayHaveSignal)
                && mayHave(head);
    }

    private boolean mayHave(EventHead head) {
        if (pods.isEmpty() && containers.isEmpty() && signals.isEmpty()) {
            return true;
        }
        EventDetails details = head.details();
        return details == null
                || (inContainer(details.containerId(), details.podNamespace(), details.podName())
                        && (signals.isEmpty()
                                || signals.contains(details.sentSignal())
                                || signals.contains(details.exitSignal())));
    }

    /** Whether no key is passed over, so that holes can be seen. */
    public boolean seesAll() {
        return nodes.isEmpty() && pids.isEmpty();
    }

    private boolean hasSignal(ProcessSignalEvent event) {
        SignalInfo sent = event.getSignalInfo();
        ExitInfo exit = event.getExitInfo();
        return signals.isEmpty()
                || (sent != null && signals.contains(sent.getSignal()))
                || (exit != null && exit.getSignal() != null && signals.contains(exit.getSignal()));
    }

    private boolean inContainer(@Nullable Container of) {
        if (pods.isEmpty() && containers.isEmpty()) {
            return true;
        }
        return of != null && inContainer(of.getContainerId(), of.getPodNamespace(), of.getPodName());
    }

    private boolean inContainer(@Nullable String id, @Nullable String podNamespace, @Nullable String podName) {
        String namespace = Objects.toString(podNamespace, "");
        return (containers.isEmpty() || (id != null && containers.stream().anyMatch(id::startsWith)))
                && (pods.isEmpty() || pods.contains(namespace) || isPod(namespace, Objects.toString(podName, "")));
    }

    /** Without making a text of the two: it is asked for every event of a window. */
    private boolean isPod(String namespace, String name) {
        for (String pod : pods) {
            if (pod.length() == namespace.length() + 1 + name.length()
                    && pod.charAt(namespace.length()) == '/'
                    && pod.startsWith(namespace)
                    && pod.endsWith(name)) {
                return true;
            }
        }
        return false;
    }

    private static <T> boolean has(Set<T> choice, T value) {
        return choice.isEmpty() || choice.contains(value);
    }
}
