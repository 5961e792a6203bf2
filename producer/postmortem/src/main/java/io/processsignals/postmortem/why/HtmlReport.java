// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.ThrottleInfo;
import io.processsignals.postmortem.render.EventText;
import io.processsignals.postmortem.render.JsonRenderer;
import io.processsignals.postmortem.source.EventRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A picture of an incident as one HTML file that needs nothing else. The events go in as JSON; the page's script makes
 * text nodes of them, so that a name with markup in it is shown and not run.
 */
public final class HtmlReport {
    private static final String TEMPLATE = "report.html";
    private static final String PLACE_OF_DATA = "@DATA@";
    private static final int MAX_EVENTS = 5_000;

    private final Report report;
    private final ObjectMapper mapper = new ObjectMapper();
    private final JsonRenderer records = new JsonRenderer();
    private final Map<ProcessId, Integer> lanes = new LinkedHashMap<>();
    private final ArrayNode laneNodes = mapper.createArrayNode();

    /** Microseconds to add to CLOCK_BOOTTIME to get the wall clock of the death. */
    private final long wallClock;

    public HtmlReport(Report report) {
        this.report = report;
        ProcessSignalEvent end = report.finding().death().lastEvent();
        this.wallClock = Report.micros(end.getTimestamp()) - end.getBootTime();
    }

    /** The file's content. */
    public String toHtml() throws IOException {
        try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(TEMPLATE))) {
            String template = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            // Inside of a script element only this sign could end it, or begin a comment.
            String json = mapper.writeValueAsString(data()).replace("<", "\\u003c");
            return template.replace(PLACE_OF_DATA, json);
        }
    }

    private ObjectNode data() {
        Finding finding = report.finding();
        ObjectNode data = mapper.createObjectNode();
        data.put(
                "title",
                Report.title(finding.death()) + " on "
                        + ProcessText.toDisplay(finding.death().process().node()));
        data.put("verdict", finding.verdict().name());
        data.put("confidence", finding.confidence().toString());
        data.put("summary", finding.summary());
        data.put("text", report.toText(ZoneId.of("UTC")));
        facts(data.putArray("facts"), finding);
        ObjectNode json = report.toJson(mapper);
        for (String part : List.of("evidence", "contradictions", "notKnown", "candidates")) {
            data.set(part, json.get(part));
        }
        data.set("cascade", lanesOf(report.cascade(), true));
        List<EventRecord> shown = shown();
        ArrayNode events = data.putArray("events");
        long begin = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        for (EventRecord record : shown) {
            events.add(event(record));
            begin = Math.min(begin, record.event().getBootTime());
            end = Math.max(end, record.event().getBootTime());
        }
        long margin = Math.max(1_000, (end - begin) / 50);
        data.put("begin", begin - margin + wallClock);
        data.put("end", end + margin + wallClock);
        data.set("lanes", laneNodes);
        losses(data.putArray("losses"), begin - margin, end + margin);
        throttles(data.putArray("throttles"));
        return data;
    }

    /** Gives each death a lane, the first cause the uppermost; the tree of them. */
    private ObjectNode lanesOf(Cascade cascade, boolean top) {
        Death death = cascade.finding().death();
        int lane = lane(death.process(), death.name());
        ObjectNode node = (ObjectNode) laneNodes.get(lane);
        node.put("place", EventText.place(death.container()));
        node.put("verdict", cascade.finding().verdict().name());
        node.put("focus", death.process().equals(report.finding().death().process()) || (top && lane == 0));
        node.put("start", Math.max(death.process().startTime(), 0) + wallClock);
        node.put("end", death.endTime() + wallClock);
        ObjectNode tree = mapper.createObjectNode();
        tree.put("name", death.name());
        tree.put("verdict", cascade.finding().verdict().name());
        tree.put("summary", cascade.finding().summary());
        tree.put("relation", cascade.relation());
        ArrayNode consequences = tree.putArray("consequences");
        cascade.consequences().forEach(each -> consequences.add(lanesOf(each, false)));
        return tree;
    }

    /** What one wants to know at a glance; name and value. */
    private void facts(ArrayNode facts, Finding finding) {
        Death death = finding.death();
        ProcessSignalEvent end = death.lastEvent();
        fact(facts, "Ended", end.getTimestamp().toString().replace('T', ' '));
        fact(facts, "Node", ProcessText.toDisplay(death.process().node()));
        String place = EventText.place(death.container());
        if (!place.equals("-")) {
            fact(facts, "Container", place);
        }
        death.exitInfo().ifPresent(exit -> {
            fact(facts, "Exit code", exit.getCode() + (exit.getSignalName() == null ? "" : " " + exit.getSignalName()));
            if (exit.getLifetime() > 0) {
                fact(facts, "Lived", EventText.duration(exit.getLifetime()));
            }
        });
        report.incident()
                .throttledPercent(death)
                .ifPresent(percent -> fact(facts, "CPU throttled", percent + "% of periods"));
        long missing = report.incident().lossesAround(death).stream()
                .mapToLong(Loss::count)
                .sum();
        fact(facts, "Events missing", String.valueOf(missing));
    }

    private static void fact(ArrayNode facts, String name, String value) {
        facts.addArray().add(name).add(value);
    }

    private int lane(ProcessId id, String name) {
        Integer known = lanes.get(id);
        if (known != null) {
            return known;
        }
        int lane = lanes.size();
        lanes.put(id, lane);
        ObjectNode node = laneNodes.addObject();
        node.put("name", name);
        node.put("place", "");
        node.put("verdict", "");
        node.put("focus", false);
        node.put("start", 1);
        node.put("end", 0);
        return lane;
    }

    /** Events of the processes in the cascade, the newest if there are too many. */
    private List<EventRecord> shown() {
        List<EventRecord> shown = new ArrayList<>();
        for (EventRecord record : report.incident().records()) {
            if (lanes.containsKey(ProcessId.of(record.event()))) {
                shown.add(record);
            }
        }
        shown.sort(Comparator.comparingLong(record -> record.event().getBootTime()));
        return shown.subList(Math.max(0, shown.size() - MAX_EVENTS), shown.size());
    }

    private ObjectNode event(EventRecord record) {
        ProcessSignalEvent event = record.event();
        ObjectNode node = mapper.createObjectNode();
        node.put("lane", lanes.get(ProcessId.of(event)));
        node.put("t", event.getBootTime() + wallClock);
        node.put("type", event.getEventType().name());
        node.put("kind", kind(event));
        node.put("text", EventText.detail(event));
        node.put("partition", record.partition());
        node.put("offset", record.offset());
        node.put("json", records.render(record));
        ProcessReference from = from(event);
        node.put("label", label(event));
        node.put("oom", event.getIsOomKill());
        node.put("from", from == null ? -1 : lane(ProcessId.of(event, from), EventText.process(from)));
        OomInfo oom = event.getOomInfo();
        if (oom != null) {
            node.put("amount", amount(oom));
        }
        return node;
    }

    private static String amount(OomInfo oom) {
        if (oom.getLimitBytes() == null) {
            return "OOM, victim " + EventText.amount(oom.getAnonRssBytes());
        }
        return "OOM" + (oom.getUsageBytes() == null ? "" : ", used " + EventText.amount(oom.getUsageBytes()))
                + ", limit " + EventText.amount(oom.getLimitBytes());
    }

    /** Where an arrow comes from: the sender, or the task in whose name the kernel acted. */
    private static @Nullable ProcessReference from(ProcessSignalEvent event) {
        if (event.getSender() != null) {
            return event.getSender();
        }
        SignalInfo signal = event.getSignalInfo();
        if (signal != null) {
            return signal.getContext();
        }
        return event.getOomInfo() == null ? null : event.getOomInfo().getTrigger();
    }

    /** A word beside the mark, where there is room. */
    private static String label(ProcessSignalEvent event) {
        ExitInfo exit = event.getExitInfo();
        SignalInfo signal = event.getSignalInfo();
        return switch (event.getEventType()) {
            case PROCESS_EXIT -> exit == null ? "" : "exit " + exit.getCode();
            case SIGNAL_SENT -> signal == null ? "" : signal.getSignalName();
            case PROCESS_EXEC -> "exec";
            default -> "";
        };
    }

    private static String kind(ProcessSignalEvent event) {
        ExitInfo exit = event.getExitInfo();
        return switch (event.getEventType()) {
            case PROCESS_EXIT -> exit != null && exit.getCode() == 0 ? "clean" : "exit";
            case OOM_KILL -> "oom";
            case SIGNAL_SENT -> "signal";
            case SIGNAL_DELIVERED -> "delivered";
            case PROCESS_EXEC, PROCESS_RUNNING -> "exec";
            default -> "other";
        };
    }

    private void losses(ArrayNode array, long begin, long end) {
        ProcessId id = report.finding().death().process();
        for (Loss loss : report.incident().losses()) {
            if (loss.touches(id.node(), id.bootId(), begin, end)) {
                ObjectNode node = array.addObject();
                node.put("from", loss.from() + wallClock);
                node.put("to", loss.to() + wallClock);
                node.put("count", loss.count());
                node.put("hook", loss.hook().name());
            }
        }
    }

    private void throttles(ArrayNode array) {
        for (EventRecord record : report.incident().throttles(report.finding().death())) {
            ThrottleInfo throttle = record.event().getThrottleInfo();
            ObjectNode node = array.addObject();
            node.put("from", throttle.getIntervalStart() + wallClock);
            node.put("to", throttle.getIntervalEnd() + wallClock);
            node.put(
                    "percent",
                    throttle.getPeriods() == 0 ? 0 : 100 * throttle.getThrottledPeriods() / throttle.getPeriods());
            node.put(
                    "path",
                    ProcessText.toDisplay(
                            Objects.toString(record.event().getContainer().getCgroupPath(), "")));
        }
    }
}
