// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.render.Renderer;
import io.processsignals.postmortem.source.EventRecord;
import io.processsignals.postmortem.source.SequenceTracker;
import io.processsignals.postmortem.source.SourceException;
import io.processsignals.postmortem.source.TopicReader;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** Prints the events of a topic as they come, until enough of them were seen, none comes any more, or it is stopped. */
public final class LiveView {
    private static final Duration POLL = Duration.ofMillis(200);

    /** What was told to be lost is told within this time, and what is only late has come. */
    private static final Duration GAP_AGE = Duration.ofSeconds(15);

    private static final Duration LATE = Duration.ofSeconds(1);

    private final TopicReader reader;
    private final Renderer renderer;
    private final Predicate<ProcessSignalEvent> filter;
    private final Limits limits;
    private final boolean notesInline;
    private final PrintWriter out;
    private final PrintWriter err;
    private final SequenceTracker tracker = new SequenceTracker();
    private boolean foreignSaid;
    private volatile boolean stopped;

    /**
     * When to end by itself.
     *
     * @param events after so many
     * @param silence when everything that was in the topic is read and then no event to show came for so long
     */
    public record Limits(OptionalLong events, Optional<Duration> silence) {
        public static final Limits NONE = new Limits(OptionalLong.empty(), Optional.empty());
    }

    /**
     * @param notesInline whether a gap is told between the events, else beside the other notes on {@code err}
     * @param out gets one line for each event, flushed after each batch
     */
    public LiveView(
            TopicReader reader,
            Renderer renderer,
            Predicate<ProcessSignalEvent> filter,
            Limits limits,
            boolean notesInline,
            PrintWriter out,
            PrintWriter err) {
        this.reader = reader;
        this.renderer = renderer;
        this.filter = filter;
        this.limits = limits;
        this.notesInline = notesInline;
        this.out = out;
        this.err = err;
    }

    /** Runs until a limit is reached, {@link #stop} is called or nobody reads the output any more. */
    public void run() throws SourceException {
        renderer.header().ifPresent(out::println);
        out.flush();
        long shown = 0;
        long lastShown = System.nanoTime();
        while (!stopped) {
            List<EventRecord> records = reader.poll(POLL);
            long now = System.nanoTime();
            for (EventRecord record : records) {
                track(record.event(), now);
                if (!filter.test(record.event())) {
                    continue;
                }
                out.println(renderer.render(record));
                lastShown = now;
                shown++;
                if (limits.events.isPresent() && shown >= limits.events.getAsLong()) {
                    out.flush();
                    return;
                }
            }
            boolean caughtUp = reader.isCaughtUp();
            noteForeignRecords();
            if (caughtUp) {
                noteGaps(GAP_AGE, now);
            } else {
                lastShown = now;
            }
            // True as well when the reader of a pipe has gone: then there is nobody to print for.
            if (out.checkError()) {
                return;
            }
            if (limits.silence.isPresent()
                    && now - lastShown >= limits.silence.get().toNanos()) {
                break;
            }
        }
        if (reader.isCaughtUp()) {
            noteGaps(LATE, System.nanoTime());
        }
        out.flush();
    }

    /** Makes {@link #run} return soon; from any thread. */
    public void stop() {
        stopped = true;
        reader.wakeup();
    }

    private void track(ProcessSignalEvent event, long now) {
        tracker.add(event, reader.completeFrom(), now);
    }

    private void noteGaps(Duration age, long now) {
        for (SequenceTracker.Gap gap : tracker.gaps(age, now)) {
            note("events are missing that nobody counted as lost: " + gap.count() + " of hook " + gap.hook()
                    + " on node " + gap.node());
        }
    }

    private void note(String text) {
        PrintWriter target = notesInline ? out : err;
        target.println("-- " + text);
        target.flush();
    }

    private void noteForeignRecords() {
        if (!foreignSaid && reader.foreignRecords() > 0) {
            foreignSaid = true;
            err.println("-- skipping records that are no events, the first at "
                    + reader.firstForeignRecord().orElse("?"));
            err.flush();
        }
    }
}
