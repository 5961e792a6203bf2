// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.postmortem.source.StoredEvent;
import java.io.Closeable;
import java.io.IOException;

/** Where replayed events go. */
public interface ReplayOutput extends Closeable {
    /** @return false if nobody takes any more */
    boolean write(StoredEvent event) throws IOException;

    /** Makes everything written so far complete. */
    @Override
    void close() throws IOException;
}
