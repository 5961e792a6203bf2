// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.postmortem.source.StoredEvent;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Where replayed events go. */
public interface ReplayOutput extends Closeable {
    /** @return false if nobody takes any more */
    boolean write(StoredEvent event) throws IOException;

    /** What the user should know of what was written, on one line. */
    default Optional<String> note() {
        return Optional.empty();
    }

    /** Makes everything written so far complete. */
    @Override
    void close() throws IOException;
}
