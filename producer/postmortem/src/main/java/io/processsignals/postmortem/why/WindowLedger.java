// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.postmortem.source.EventHead;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Which events of a window were seen, by the threads that read it at once: each has a {@link Share} of its own, so that
 * none waits for another. Thread-safe; {@link #sequences} only when all have ended.
 */
public final class WindowLedger {
    private final List<Share> shares = new ArrayList<>();
    private final LongAdder read = new LongAdder();

    /** What one thread saw. Not thread-safe. */
    public final class Share {
        private final SequenceLedger sequences = new SequenceLedger();

        private Share() {}

        /**
         * @return false if this thread saw an event with this identity before; another may have, if the topic got more
         *     partitions meanwhile
         */
        public boolean add(EventHead head) {
            read.increment();
            return sequences.add(head);
        }
    }

    public synchronized Share share() {
        Share share = new Share();
        shares.add(share);
        return share;
    }

    /** How many events were seen so far, duplicates too. */
    public long read() {
        return read.sum();
    }

    /** What all threads saw. */
    public synchronized SequenceLedger sequences() {
        SequenceLedger all = shares.isEmpty() ? new SequenceLedger() : shares.get(0).sequences;
        shares.stream().skip(1).forEach(share -> all.addAll(share.sequences));
        return all;
    }
}
