// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.postmortem.why.Death.Cause;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One incident, many deaths: which death led to which. The first cause is on top.
 *
 * @param finding what ended this process
 * @param relation how its death follows from the one above; empty for a first cause
 * @param consequences deaths that follow from it
 */
public record Cascade(Finding finding, String relation, List<Cascade> consequences) {
    /** Deaths by one decision follow each other within this; microseconds. */
    private static final long TOGETHER = 1_000_000L;

    private record Link(ProcessId above, String relation) {}

    /** Trees of all deaths, by the time of the first causes. */
    public static List<Cascade> of(Incident incident) {
        Map<ProcessId, Link> links = new HashMap<>();
        Map<String, Death> leaders = new LinkedHashMap<>();
        List<Death> deaths = new ArrayList<>(incident.deaths());
        deaths.sort(Comparator.comparingLong(Cascade::causeTime));
        for (Death death : deaths) {
            link(incident, death, leaders).ifPresent(link -> links.put(death.process(), link));
        }
        dropCycles(links);
        Map<ProcessId, List<Death>> below = new HashMap<>();
        links.forEach((id, link) -> incident.death(id)
                .ifPresent(death -> below.computeIfAbsent(link.above, above -> new ArrayList<>())
                        .add(death)));
        List<Cascade> roots = new ArrayList<>();
        for (Death death : deaths) {
            if (!links.containsKey(death.process())) {
                roots.add(tree(incident, death, "", links, below));
            }
        }
        return roots;
    }

    /** How many deaths it holds. */
    public int size() {
        return 1 + consequences.stream().mapToInt(Cascade::size).sum();
    }

    /** Whether the process is in it. */
    public boolean contains(ProcessId id) {
        return finding.death().process().equals(id) || consequences.stream().anyMatch(each -> each.contains(id));
    }

    private static Cascade tree(
            Incident incident,
            Death death,
            String relation,
            Map<ProcessId, Link> links,
            Map<ProcessId, List<Death>> below) {
        List<Death> children = new ArrayList<>(below.getOrDefault(death.process(), List.of()));
        children.sort(Comparator.comparingLong(Cascade::causeTime));
        List<Cascade> consequences = new ArrayList<>();
        for (Death child : children) {
            Link link = links.get(child.process());
            consequences.add(tree(incident, child, link == null ? "" : link.relation, links, below));
        }
        return new Cascade(incident.judge(death), relation, List.copyOf(consequences));
    }

    private static Optional<Link> link(Incident incident, Death death, Map<String, Death> leaders) {
        Cause cause = death.cause().orElse(null);
        if (death.isOom()) {
            return leader(death, oomKey(death), leaders, "the same OOM kill");
        }
        if (cause == null) {
            return Optional.empty();
        }
        if (cause.context() != null) {
            ProcessId context = ProcessId.of(death.lastEvent(), cause.context());
            String relation = switch (cause.origin()) {
                case PIDNS_TEARDOWN -> "was init of its pid namespace";
                case PARENT_DEATH -> "was its parent";
                default -> "";
            };
            return relation.isEmpty() || incident.death(context).isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Link(context, relation));
        }
        ProcessReference sender = cause.sender();
        return sender == null
                ? Optional.empty()
                : leader(
                        death,
                        "kill " + ProcessId.of(death.lastEvent(), sender) + " " + cause.signal(),
                        leaders,
                        "the same sender, at the same time");
    }

    private static Optional<Link> leader(Death death, String key, Map<String, Death> leaders, String relation) {
        Death first = leaders.get(key);
        if (first == null || causeTime(death) - causeTime(first) > TOGETHER) {
            leaders.put(key, death);
            return Optional.empty();
        }
        return Optional.of(new Link(first.process(), relation));
    }

    /** Victims of one decision have the same trigger. */
    private static String oomKey(Death death) {
        OomInfo oom = death.oomKill().map(record -> record.event().getOomInfo()).orElse(null);
        ProcessReference trigger = oom != null
                ? oom.getTrigger()
                : death.cause().map(Cause::context).orElse(null);
        return "oom " + death.process().node() + " "
                + (trigger == null ? death.process() : ProcessId.of(death.lastEvent(), trigger));
    }

    private static void dropCycles(Map<ProcessId, Link> links) {
        for (ProcessId start : List.copyOf(links.keySet())) {
            Set<ProcessId> seen = new HashSet<>();
            ProcessId at = start;
            while (links.containsKey(at)) {
                if (!seen.add(at)) {
                    links.remove(at);
                    break;
                }
                at = links.get(at).above;
            }
        }
    }

    private static long causeTime(Death death) {
        return death.cause().map(Cause::bootTime).orElseGet(death::endTime);
    }
}
