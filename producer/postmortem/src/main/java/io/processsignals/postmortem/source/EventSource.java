// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the events of a window are read from: the topic, a spool folder, a file. */
public interface EventSource extends Closeable {
    /** Takes what is read; called by one thread at a time. */
    @FunctionalInterface
    interface Sink {
        /** @return false to stop reading */
        boolean accept(StoredEvent event) throws IOException;
    }

    /**
     * Reads the events of the window. In each partition in its order; events of the same identity may come twice.
     *
     * @param wanted asked for one by each thread that reads, and used by it alone: which records are of interest;
     *     others are not decoded
     * @throws SourceException with a line for the user
     */
    void read(Window window, Supplier<? extends Prefilter> wanted, Sink sink) throws IOException;

    /** What is odd about what was read, for the user: records that are no events, damage, retention. */
    Optional<String> note();

    /** Whether all partitions are read, so that a hole in a sequence is a loss. */
    boolean isWhole();

    @Override
    void close() throws IOException;
}
