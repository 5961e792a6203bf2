// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.EventHead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which sequences were seen: drops duplicates and finds holes, with the time in which they must lie. A bit for each
 * sequence, so that a window of millions of events takes a few megabytes whatever the order of its partitions.
 *
 * <p>Bounded: beyond {@value #MAX_WORDS} words of 64 sequences nothing more is remembered, and {@link #isComplete} says
 * so. Holes before the first and after the last sequence of a counter cannot be seen.
 */
public final class SequenceLedger {
    private static final int MAX_WORDS = 500_000;

    /** Counters that are found without a search; a power of two. */
    private static final int RECENT = 4_096;

    private record CounterId(String node, String bootId, long captureId, Hook hook, int cpu) {
        boolean is(String node, String bootId, long captureId, Hook hook, int cpu) {
            return this.cpu == cpu
                    && this.hook == hook
                    && this.captureId == captureId
                    && this.node.equals(node)
                    && this.bootId.equals(bootId);
        }
    }

    /** What was seen of one counter. */
    private static final class Counter {
        private final CounterId id;
        private final SequenceWords words = new SequenceWords();

        Counter(CounterId id) {
            this.id = id;
        }
    }

    private final Map<CounterId, Counter> counters = new HashMap<>();
    private final Counter[] recent = new Counter[RECENT];
    private int words;
    private boolean complete = true;

    /** @return false if an event with this identity was seen before */
    public boolean add(ProcessSignalEvent event) {
        return add(
                event.getNode(),
                event.getBootId(),
                event.getCaptureId(),
                event.getHook(),
                event.getCpu(),
                event.getSequence(),
                event.getBootTime());
    }

    /** As {@link #add(ProcessSignalEvent)}, with the head alone. */
    public boolean add(EventHead head) {
        return add(
                head.node(),
                head.bootId(),
                head.captureId(),
                head.hook(),
                head.cpu(),
                head.sequence(),
                head.bootTime());
    }

    private boolean add(String node, String bootId, long captureId, Hook hook, int cpu, long sequence, long bootTime) {
        Counter counter = counter(node, bootId, captureId, hook, cpu);
        long number = sequence >> 6;
        int at = counter.words.find(number);
        if (at < 0) {
            if (words >= MAX_WORDS) {
                complete = false;
                return true;
            }
            words++;
            at = counter.words.insert(number);
        }
        return counter.words.add(at, 1L << (sequence & 63), bootTime, bootTime);
    }

    /** Adds what another one has seen, which is of no use any more. */
    void addAll(SequenceLedger other) {
        complete &= other.complete;
        other.counters.forEach((id, theirs) -> {
            Counter own = counters.computeIfAbsent(id, Counter::new);
            for (SequenceWords.Word word : theirs.words.sorted()) {
                int at = own.words.find(word.number());
                if (at < 0) {
                    words++;
                    at = own.words.insert(word.number());
                }
                own.words.add(at, word.bits(), word.first(), word.last());
            }
        });
    }

    private Counter counter(String node, String bootId, long captureId, Hook hook, int cpu) {
        int hash = node.hashCode() * 31 + bootId.hashCode() + Long.hashCode(captureId);
        int slot = ((hash * 31 + hook.hashCode()) * 31 + cpu) & (RECENT - 1);
        Counter counter = recent[slot];
        if (counter == null || !counter.id.is(node, bootId, captureId, hook, cpu)) {
            counter = counters.computeIfAbsent(new CounterId(node, bootId, captureId, hook, cpu), Counter::new);
            recent[slot] = counter;
        }
        return counter;
    }

    /** Whether everything could be remembered. */
    public boolean isComplete() {
        return complete;
    }

    /** Sequences between the first and the last of a counter that were not seen. */
    public List<Loss> holes() {
        List<Loss> holes = new ArrayList<>();
        counters.forEach((id, counter) -> {
            if (id.hook != Hook.CGROUP) {
                holes(id, counter.words.sorted(), holes);
            }
        });
        return holes;
    }

    private static void holes(CounterId id, List<SequenceWords.Word> words, List<Loss> holes) {
        for (int i = 0; i < words.size(); i++) {
            SequenceWords.Word word = words.get(i);
            SequenceWords.Word before = words.get(Math.max(i - 1, 0));
            SequenceWords.Word next = words.get(Math.min(i + 1, words.size() - 1));
            long range = -1L;
            if (i == 0) {
                range &= -1L << Long.numberOfTrailingZeros(word.bits());
            }
            if (i == words.size() - 1) {
                range &= -1L >>> Long.numberOfLeadingZeros(word.bits());
            }
            // At the edge of a word the neighbours' times bound a hole.
            long from = Math.min(before.last(), word.first());
            long to = Math.max(word.last(), next.first());
            int missing = Long.bitCount(range & ~word.bits());
            if (missing > 0) {
                holes.add(new Loss(id.node, id.bootId, id.hook, missing, from, to, false));
            }
            long whole = next.number() - word.number() - 1;
            if (whole > 0) {
                holes.add(new Loss(id.node, id.bootId, id.hook, whole * 64, word.last(), to, false));
            }
        }
    }
}
