// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.EventType;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.TopicReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What the topic holds, read as far as a test needs it. */
public final class TopicEvents implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final TopicReader reader;
    private final List<EventRecord> records = new ArrayList<>();

    /** @param reader from the beginning; closed with this */
    public TopicEvents(TopicReader reader) {
        this.reader = reader;
    }

    /** Reads on until there is such an event. */
    public ProcessSignalEvent await(String what, Predicate<ProcessSignalEvent> wanted) throws SourceException {
        int checked = 0;
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            for (; checked < records.size(); checked++) {
                if (wanted.test(records.get(checked).event())) {
                    return records.get(checked).event();
                }
            }
            assertThat(System.nanoTime())
                    .as("%s is not in the topic; read %d records", what, records.size())
                    .isLessThan(deadline);
            records.addAll(reader.poll(Duration.ofMillis(100)));
        }
    }

    /** The exit of the process, once it is there. */
    public ProcessSignalEvent awaitExit(long pid) throws SourceException {
        return await(
                "the exit of " + pid,
                event -> event.getEventType() == EventType.PROCESS_EXIT && event.getTgid() == pid);
    }

    /** The exit of the process that this event is about, and of no other with its pid. */
    public ProcessSignalEvent awaitExit(ProcessSignalEvent of) throws SourceException {
        return await(
                "the exit of " + of.getTgid(),
                event -> event.getEventType() == EventType.PROCESS_EXIT
                        && event.getTgid() == of.getTgid()
                        && event.getStartTime() == of.getStartTime());
    }

    /** Reads everything that was in the topic when the reader was opened. */
    List<EventRecord> readAll() throws SourceException {
        while (!reader.isCaughtUp()) {
            records.addAll(reader.poll(Duration.ofMillis(100)));
        }
        return records;
    }

    /** What was read so far. */
    public List<ProcessSignalEvent> read() {
        return records.stream().map(EventRecord::event).toList();
    }

    /** The events of a type about the process, among those read so far. */
    public List<ProcessSignalEvent> about(long pid, EventType type) {
        return records.stream()
                .map(EventRecord::event)
                .filter(event -> event.getTgid() == pid && event.getEventType() == type)
                .toList();
    }

    @Override
    public void close() {
        reader.close();
    }
}
