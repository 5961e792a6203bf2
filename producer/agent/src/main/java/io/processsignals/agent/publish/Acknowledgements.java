// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import io.processsignals.common.log.LogReader;

/**
 * Records that Kafka has acknowledged, gathered to be told to the log and the counters together: a lock and five
 * counters for each record would take more of the producer's thread than the producer does. Not thread-safe.
 */
final class Acknowledgements {
    private static final int CAPACITY = 64;

    private final LogReader reader;
    private final PublishStatus status;

    private final long[] positions = new long[CAPACITY];
    private final long[] timestampsMicros = new long[CAPACITY];
    private int count;
    private long bytes;

    Acknowledgements(LogReader reader, PublishStatus status) {
        this.reader = reader;
        this.status = status;
    }

    /** Must not be full. */
    void add(long position, long timestampMicros, int size) {
        positions[count] = position;
        timestampsMicros[count] = timestampMicros;
        count++;
        bytes += size;
    }

    boolean isFull() {
        return count == CAPACITY;
    }

    /** How many are gathered. */
    int count() {
        return count;
    }

    /** Bytes of key and value of these. */
    long bytes() {
        return bytes;
    }

    /** Tells what is gathered, which is nothing then. */
    void tell() {
        int told = count;
        long toldBytes = bytes;
        count = 0;
        bytes = 0;
        reader.acknowledge(positions, told);
        status.addAcknowledged(timestampsMicros, told, toldBytes);
    }
}
