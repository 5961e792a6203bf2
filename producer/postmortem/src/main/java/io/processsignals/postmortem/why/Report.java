// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.ExitInfo;
import io.processsignals.postmortem.render.EventText;
import io.processsignals.postmortem.source.EventRecord;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;

/** A finding with its surroundings, as text and as JSON. Nothing in the text can control a terminal. */
public final class Report {
    private static final int MAX_TIMELINE = 40;

    private final Incident incident;
    private final Finding finding;
    private final Cascade cascade;

    public Report(Incident incident, Death death) {
        this.incident = incident;
        this.finding = incident.judge(death);
        this.cascade = Cascade.of(incident).stream()
                .filter(each -> each.contains(death.process()))
                .findFirst()
                .orElseGet(() -> new Cascade(finding, "", List.of()));
    }

    public Finding finding() {
        return finding;
    }

    public Cascade cascade() {
        return cascade;
    }

    public Incident incident() {
        return incident;
    }

    /** {@code payments/api-7d9/api java(8444) exit 137}. */
    public static String title(Death death) {
        String code = death.exitInfo()
                .map(ExitInfo::getCode)
                .map(number -> " exit " + number)
                .orElse(" exit not seen");
        String place = EventText.place(death.container());
        return (place.equals("-") ? "" : place + " ") + death.name() + code;
    }

    /** @param zone of the times */
    public String toText(ZoneId zone) {
        DateTimeFormatter time =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX").withZone(zone);
        Death death = finding.death();
        StringBuilder text = new StringBuilder();
        text.append("VERDICT  ").append(finding.verdict()).append("  ").append(title(death));
        text.append(" on ")
                .append(ProcessText.toDisplay(death.process().node()))
                .append(": ");
        text.append(finding.summary())
                .append("  (confidence: ")
                .append(finding.confidence())
                .append(")\n");
        if (!finding.candidates().isEmpty()) {
            text.append("  could be: ").append(finding.candidates()).append('\n');
        }
        text.append("TIMELINE\n");
        List<EventRecord> own = death.records();
        long previous = -1;
        for (EventRecord record : own.subList(Math.max(0, own.size() - MAX_TIMELINE), own.size())) {
            text.append("  ").append(time.format(record.event().getTimestamp())).append("  ");
            text.append(String.format("%-12s  ", record.event().getEventType()))
                    .append(EventText.detail(record.event()));
            long at = record.event().getBootTime();
            if (previous >= 0) {
                text.append("  +").append(EventText.duration(Math.max(0, at - previous)));
            }
            previous = at;
            text.append('\n');
        }
        if (cascade.size() > 1) {
            text.append("CASCADE  ").append(cascade.size()).append(" deaths, the first cause on top\n");
            tree(cascade, 1, text);
        }
        text.append("EVIDENCE\n");
        for (Fact fact : finding.evidence()) {
            text.append("  ").append(fact.text());
            fact.record()
                    .ifPresent(
                            record -> text.append("  [").append(where(record)).append(']'));
            text.append('\n');
        }
        OptionalLong throttled = incident.throttledPercent(death);
        throttled.ifPresent(
                percent -> text.append("  throttled in ").append(percent).append("% of the periods around its end\n"));
        long missing =
                incident.lossesAround(death).stream().mapToLong(Loss::count).sum();
        text.append("  events missing around its end: ").append(missing).append('\n');
        for (Fact fact : finding.contradictions()) {
            text.append("  CONTRADICTS: ").append(fact.text()).append('\n');
        }
        if (!finding.limits().isEmpty()) {
            text.append("NOT KNOWN\n");
            finding.limits().forEach(limit -> text.append("  ").append(limit).append('\n'));
        }
        return text.toString();
    }

    /** One JSON object; field names are API. */
    public ObjectNode toJson(ObjectMapper mapper) {
        Death death = finding.death();
        ObjectNode json = head(mapper, finding);
        ArrayNode timeline = json.putArray("timeline");
        for (EventRecord record : death.records()) {
            ObjectNode line = timeline.addObject();
            line.put("timestamp", micros(record.event().getTimestamp()));
            line.put("eventType", record.event().getEventType().name());
            line.put("text", EventText.detail(record.event()));
            record(record, line);
        }
        facts(json.putArray("evidence"), finding.evidence());
        facts(json.putArray("contradictions"), finding.contradictions());
        ArrayNode limits = json.putArray("notKnown");
        finding.limits().forEach(limits::add);
        incident.throttledPercent(death).ifPresent(percent -> json.put("throttledPercent", percent));
        json.put(
                "missingEvents",
                incident.lossesAround(death).stream().mapToLong(Loss::count).sum());
        json.set("cascade", cascade(mapper, cascade));
        return json;
    }

    private static ObjectNode head(ObjectMapper mapper, Finding finding) {
        Death death = finding.death();
        ObjectNode json = mapper.createObjectNode();
        json.put("verdict", finding.verdict().name());
        json.put("confidence", finding.confidence().toString());
        json.put("summary", finding.summary());
        ArrayNode candidates = json.putArray("candidates");
        finding.candidates().stream().sorted().forEach(each -> candidates.add(each.name()));
        json.put("node", death.process().node());
        json.put("bootId", death.process().bootId());
        json.put("tgid", death.process().tgid());
        json.put("startTime", death.process().startTime());
        json.put("command", death.lastEvent().getCommand());
        json.put("place", EventText.place(death.container()));
        death.exitInfo().ifPresent(exit -> json.put("code", exit.getCode()));
        json.put("timestamp", micros(death.lastEvent().getTimestamp()));
        return json;
    }

    private static ObjectNode cascade(ObjectMapper mapper, Cascade cascade) {
        ObjectNode json = head(mapper, cascade.finding());
        json.put("relation", cascade.relation());
        ArrayNode consequences = json.putArray("consequences");
        cascade.consequences().forEach(each -> consequences.add(cascade(mapper, each)));
        return json;
    }

    private static void facts(ArrayNode array, List<Fact> facts) {
        for (Fact fact : facts) {
            ObjectNode json = array.addObject();
            json.put("text", fact.text());
            fact.record().ifPresent(record -> record(record, json));
        }
    }

    private static void record(EventRecord record, ObjectNode json) {
        json.put("partition", record.partition());
        json.put("offset", record.offset());
    }

    private static void tree(Cascade cascade, int depth, StringBuilder text) {
        text.append("  ".repeat(depth)).append(title(cascade.finding().death()));
        text.append(": ")
                .append(cascade.finding().verdict())
                .append(", ")
                .append(cascade.finding().summary());
        if (!cascade.relation().isEmpty()) {
            text.append("  (the one above: ").append(cascade.relation()).append(')');
        }
        text.append('\n');
        cascade.consequences().forEach(each -> tree(each, depth + 1, text));
    }

    static String where(EventRecord record) {
        return "p" + record.partition() + "@" + record.offset();
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
