// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.Container;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import io.processsignals.postmortem.source.EventRecord;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.StringJoiner;

/** The columns of {@link CompactRenderer} with microseconds and node, then everything else that helps to search. */
public final class WideRenderer implements Renderer {
    private static final String COLUMNS = "%-27s  %-16s  %-16s  %-12s  %8s  %-15s  %s";

    private final DateTimeFormatter time;

    /** @param zone of the times; the offset from UTC is always written, {@code Z} for none */
    public WideRenderer(ZoneId zone) {
        time = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSXXX").withZone(zone);
    }

    @Override
    public Optional<String> header() {
        return Optional.of(String.format(COLUMNS, "TIME", "NODE", "EVENT", "NS/POD/CTR", "PID", "COMM", "DETAIL"));
    }

    @Override
    public String render(EventRecord record) {
        ProcessSignalEvent event = record.event();
        boolean process = event.getTgid() != 0;
        String line = String.format(
                COLUMNS,
                time.format(event.getTimestamp()),
                ProcessText.toDisplay(event.getNode()),
                event.getEventType(),
                EventText.place(event.getContainer()),
                process ? event.getTgid() : "-",
                process ? ProcessText.toDisplay(event.getCommand()) : "-",
                EventText.detail(event));
        return line.stripTrailing() + "  [" + facts(record) + "]";
    }

    private static String facts(EventRecord record) {
        ProcessSignalEvent event = record.event();
        StringJoiner facts = new StringJoiner(" ");
        facts.add("p" + record.partition() + "@" + record.offset());
        facts.add("hook=" + event.getHook());
        facts.add("cpu=" + event.getCpu());
        facts.add("seq=" + event.getSequence());
        if (event.getTgid() != 0) {
            process(event, facts);
        }
        ExitInfo exit = event.getExitInfo();
        if (exit != null) {
            facts.add("status=" + exit.getWaitStatus());
            facts.add("user=" + Amounts.micros(exit.getUserTime()));
            facts.add("system=" + Amounts.micros(exit.getSystemTime()));
            facts.add("maxrss=" + Amounts.bytes(exit.getMaxRssBytes()).replace(" ", ""));
        }
        SignalInfo signal = event.getSignalInfo();
        if (signal != null) {
            facts.add("code=" + ProcessText.toDisplay(signal.getSiCodeName()));
            facts.add("origin=" + signal.getOrigin());
            facts.add("result=" + signal.getResult());
            facts.add("disposition=" + signal.getDisposition());
        }
        return facts.toString();
    }

    private static void process(ProcessSignalEvent event, StringJoiner facts) {
        facts.add("parent=" + ProcessText.toDisplay(event.getParentCommand()) + "(" + event.getPpid() + ")");
        facts.add("start=" + event.getStartTime());
        facts.add("uid=" + event.getUid());
        if (event.getNsPid() != 0 && event.getNsPid() != event.getTgid()) {
            facts.add("nspid=" + event.getNsPid());
        }
        if (event.getPid() != event.getTgid()) {
            facts.add("tid=" + event.getPid());
        }
        Container container = event.getContainer();
        if (container != null && container.getCgroupPath() != null) {
            facts.add("cgroup=" + ProcessText.toDisplay(container.getCgroupPath()));
        }
    }
}
