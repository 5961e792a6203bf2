// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.Container;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventDetails;
import io.processsignals.postmortem.source.EventHead;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which death is asked for. Empty parts choose all.
 *
 * @param container the begin of a container's id
 * @param pod {@code namespace/name}
 * @param pid process id, as on the node
 */
public record Selection(
        Optional<String> container,
        Optional<String> pod,
        Optional<Integer> pid,
        Optional<String> node,
        Optional<Integer> code) {
    /** Whether more than a code is asked for. */
    boolean isNamed() {
        return container.isPresent() || pod.isPresent() || pid.isPresent();
    }

    /** Whether any death of this process id is meant, wherever it was. */
    public boolean isPidAlone() {
        return pid.isPresent() && node.isEmpty() && container.isEmpty() && pod.isEmpty();
    }

    /** Whether an event with this head may be about a process that is asked for by name. */
    boolean mayConcern(EventHead head) {
        return isNamed()
                && (node.isEmpty() || node.get().equals(head.node()))
                && (pid.isEmpty() || pid.get() == head.tgid());
    }

    /** The same of the rest of such an event. */
    boolean mayConcern(EventDetails details) {
        return inContainer(details.containerId(), details.podNamespace(), details.podName());
    }

    /** Whether an event may be about a process that is asked for. */
    public boolean mayConcern(ProcessSignalEvent event) {
        return (node.isEmpty() || node.get().equals(event.getNode()))
                && (pid.isEmpty() || pid.get() == event.getTgid())
                && inContainer(event.getContainer());
    }

    /** The deaths that are asked for, the newest first. */
    public List<Death> of(Incident incident) {
        return incident.deaths().stream()
                .filter(death -> death.records().stream().anyMatch(record -> mayConcern(record.event())))
                .filter(death -> code.isEmpty()
                        || death.exitInfo()
                                .map(ExitInfo::getCode)
                                .filter(code.get()::equals)
                                .isPresent())
                .sorted(Comparator.comparing((Death death) -> death.lastEvent().getTimestamp())
                        .reversed())
                .toList();
    }

    /** The one to speak of: a container's death is that of its first process, else of the last one that ended badly. */
    public Optional<Death> choose(List<Death> deaths) {
        if (container.isPresent() || pod.isPresent()) {
            Optional<Death> init = deaths.stream()
                    .filter(death -> death.lastEvent().getNsPid() == 1)
                    .findFirst();
            Optional<Death> bad = deaths.stream()
                    .filter(death ->
                            death.exitInfo().map(exit -> exit.getCode() != 0).orElse(true))
                    .findFirst();
            return init.or(() -> bad).or(() -> deaths.stream().findFirst());
        }
        return deaths.stream().findFirst();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        container.ifPresent(id -> text.append(" container ").append(id));
        pod.ifPresent(name -> text.append(" pod ").append(name));
        pid.ifPresent(id -> text.append(" pid ").append(id));
        node.ifPresent(name -> text.append(" on node ").append(name));
        code.ifPresent(number -> text.append(" with code ").append(number));
        return text.toString().strip();
    }

    private boolean inContainer(@Nullable Container of) {
        if (container.isEmpty() && pod.isEmpty()) {
            return true;
        }
        return of != null && inContainer(of.getContainerId(), of.getPodNamespace(), of.getPodName());
    }

    private boolean inContainer(@Nullable String id, @Nullable String namespace, @Nullable String name) {
        return (container.isEmpty() || (id != null && id.startsWith(container.get())))
                && (pod.isEmpty() || pod.get().equals(namespace + "/" + name));
    }
}
