// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

/**
 * Fields that stand side by side in the schema and are alike in many events, encoded once: copied into an event in
 * place of its own. May be filled again when no event refers to it. Allocates only to grow. Not thread-safe.
 */
public final class EncodedRun {
    /** Not one run has more numbers and lengths, of up to five bytes. */
    private static final int ROOM_BESIDE_TEXTS = 16 * 5 + AvroWriter.MARGIN;

    private byte[] bytes = new byte[0];
    private int length;

    /** Fills it from {@code signal} to {@code fatal}. */
    public void set(MutableEvent.SignalInfo signal) {
        reserve(signal.signalName.length + signal.description.length + signal.siCodeName.length);
        length = EventEncoder.writeSignalRun(bytes, 0, signal);
    }

    /** Fills it from {@code waitStatus} to {@code description}. */
    public void set(MutableEvent.ExitInfo exit) {
        reserve(exit.signalName.length + exit.description.length);
        length = EventEncoder.writeExitRun(bytes, 0, exit);
    }

    /** Fills it from {@code signal} to {@code origin}. */
    public void set(MutableEvent.ExitCause cause) {
        reserve(cause.signalName.length);
        length = EventEncoder.writeCauseRun(bytes, 0, cause);
    }

    private void reserve(int texts) {
        int capacity = ROOM_BESIDE_TEXTS + texts;
        if (bytes.length < capacity) {
            bytes = new byte[capacity];
        }
    }

    int write(byte[] target, int at) {
        System.arraycopy(bytes, 0, target, at, length);
        return at + length;
    }
}
