// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import io.processsignals.postmortem.source.EventHead;
import io.processsignals.postmortem.source.EventSource;
import io.processsignals.postmortem.source.Prefilter;
import io.processsignals.postmortem.source.StoredEvent;
import io.processsignals.postmortem.source.TopicSource;
import io.processsignals.postmortem.source.Window;
import io.processsignals.postmortem.why.Collector;
import io.processsignals.postmortem.why.Death;
import io.processsignals.postmortem.why.Incident;
import io.processsignals.postmortem.why.Selection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Reads of a window what tells why something died. Of a pid without a node neither key nor partition is known: a large
 * window is then searched by the ends of the keys, the newest part first, until there is a death; then that process's
 * partition is read for what is older of it, and all the others of the time around the death.
 */
final class IncidentReader {
    /** Up to so many records, all are read at once: a second read costs more than it saves. */
    private static final long SMALL = 200_000;

    /** Of a large window; the search ends with the part that has a death. */
    private static final int PARTS = 8;

    private final Selection selection;
    private final Window window;
    private final Progress progress;
    private final long small;
    private final Collector collector;
    private final LongAdder records = new LongAdder();
    private Instant readFrom;

    IncidentReader(Selection selection, Window window, Progress progress) {
        this(selection, window, progress, SMALL);
    }

    IncidentReader(Selection selection, Window window, Progress progress, long small) {
        this.selection = selection;
        this.window = window;
        this.progress = progress;
        this.small = small;
        this.collector = new Collector(selection);
        this.readFrom = window.from();
    }

    /** How many records of the window were looked at. */
    long records() {
        return records.sum();
    }

    /** Before this time, deaths were looked for on the newest one's node only. */
    Instant readFrom() {
        return readFrom;
    }

    /** How many events were more than can be kept. */
    long dropped() {
        return collector.dropped();
    }

    /** To be called once. */
    Incident read(EventSource events) throws IOException {
        if (selection.pid().isPresent() && selection.node().isPresent()) {
            String node = selection.node().get();
            int pid = selection.pid().get();
            List<String> names = List.of(node + "/" + pid, node + "/0"); // its own, and the losses'
            if (events instanceof TopicSource topic) {
                topic.onlyKeys(names);
            }
            List<Key> keys = names.stream().map(name -> new Key(name, true)).toList();
            read(events, window, keys, collector::prefilter);
        } else if (selection.isPidAlone() && events instanceof TopicSource topic && topic.size(window) > small) {
            return search(topic, selection.pid().orElseThrow());
        } else {
            read(events, window, List.of(), collector::prefilter);
        }
        return collector.incident(events.isWhole(), Optional.empty());
    }

    private Incident search(TopicSource topic, int pid) throws IOException {
        List<Key> ends = List.of(new Key("/" + pid, false), new Key("/0", false));
        readFrom = topic.readNewestFirst(
                window,
                PARTS,
                () -> new Wanted(ends, collector.named()),
                this::collect,
                from -> newest().filter(
                                death -> !death.lastEvent().getTimestamp().isBefore(from))
                        .isPresent());
        Optional<Death> found = newest();
        if (found.isEmpty()) {
            return collector.incident(false, Optional.empty());
        }
        String key = found.get().process().node() + "/" + pid;
        if (readFrom.isAfter(window.from())) {
            topic.onlyKeys(List.of(key));
            read(
                    topic,
                    new Window(window.from(), readFrom, Duration.ZERO),
                    List.of(new Key(key, true)),
                    collector::named);
            topic.allKeys();
        }
        // A node that was cut off sent the others' records of that time as late as its own.
        Window around = Incident.around(newest().orElseThrow())
                .within(window)
                .later(window.late().plus(topic.lag()));
        read(topic, around, List.of(), collector::prefilter);
        return collector.incident(true, around.covers(window) ? Optional.empty() : Optional.of(around));
    }

    private Optional<Death> newest() {
        return selection.of(collector.incident(false, Optional.empty())).stream()
                .findFirst();
    }

    private void read(EventSource events, Window part, List<Key> keys, Supplier<Prefilter> collected)
            throws IOException {
        events.read(part, () -> new Wanted(keys, collected.get()), this::collect);
    }

    private boolean collect(StoredEvent stored) {
        collector.add(stored.record());
        return true;
    }

    /** A record's key, or its end. */
    private static final class Key {
        private final byte[] text;
        private final boolean whole;

        Key(String text, boolean whole) {
            this.text = text.getBytes(StandardCharsets.UTF_8);
            this.whole = whole;
        }

        boolean matches(byte[] key) {
            int begin = key.length - text.length;
            return (whole ? begin == 0 : begin >= 0) && Arrays.equals(key, begin, key.length, text, 0, text.length);
        }
    }

    /** What the collector wants, of some keys, or of all if there are none. */
    private final class Wanted implements Prefilter {
        private final List<Key> keys;
        private final Prefilter collected;
        private int looked;

        Wanted(List<Key> keys, Prefilter collected) {
            this.keys = keys;
            this.collected = collected;
        }

        @Override
        public boolean key(byte[] key) {
            records.increment();
            if ((++looked & 0xfff) == 0) {
                progress.sayIfDue(() -> records() + " events read");
            }
            for (Key wanted : keys) {
                if (wanted.matches(key)) {
                    return true;
                }
            }
            return keys.isEmpty();
        }

        @Override
        public boolean head(EventHead head) {
            return collected.head(head);
        }
    }
}
