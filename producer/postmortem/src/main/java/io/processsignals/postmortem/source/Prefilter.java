// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

/** Tells, as early as it can, which records of a window need not be decoded. */
public interface Prefilter {
    /** By the record's key, {@code node/tgid}. */
    default boolean key(byte[] key) {
        return true;
    }

    /**
     * By the event's head; asked once for each event of the window whose key was wanted.
     *
     * @param head valid during the call
     */
    default boolean head(EventHead head) {
        return true;
    }
}
