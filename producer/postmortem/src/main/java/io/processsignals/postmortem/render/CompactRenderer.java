// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventRecord;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** {@code TIME EVENT NS/POD/CTR PID COMM DETAIL}, in columns. */
public final class CompactRenderer implements Renderer {
    private static final String COLUMNS = "%-24s  %-16s  %-12s  %8s  %-15s  %s";

    private final DateTimeFormatter time;

    /** @param zone of the times; the offset from UTC is always written, {@code Z} for none */
    public CompactRenderer(ZoneId zone) {
        time = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX").withZone(zone);
    }

    @Override
    public Optional<String> header() {
        return Optional.of(String.format(COLUMNS, "TIME", "EVENT", "NS/POD/CTR", "PID", "COMM", "DETAIL"));
    }

    @Override
    public String render(EventRecord record) {
        ProcessSignalEvent event = record.event();
        boolean process = event.getTgid() != 0;
        return String.format(
                        COLUMNS,
                        time.format(event.getTimestamp()),
                        event.getEventType(),
                        EventText.place(event.getContainer()),
                        process ? event.getTgid() : "-",
                        process ? ProcessText.toDisplay(event.getCommand()) : "-",
                        EventText.detail(event))
                .stripTrailing();
    }
}
