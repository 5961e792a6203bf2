// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.postmortem.render.Renderer;
import io.processsignals.postmortem.source.StoredEvent;
import java.io.PrintWriter;

/** One line an event. */
public final class PrintOutput implements ReplayOutput {
    private static final int CHECK_EVERY = 1_000;

    private final Renderer renderer;
    private final PrintWriter out;
    private long written;

    public PrintOutput(Renderer renderer, PrintWriter out) {
        this.renderer = renderer;
        this.out = out;
        renderer.header().ifPresent(out::println);
    }

    @Override
    public boolean write(StoredEvent event) {
        out.println(renderer.render(event.record()));
        // Whether the reader of a pipe has gone; checking flushes.
        return ++written % CHECK_EVERY != 0 || !out.checkError();
    }

    @Override
    public void close() {
        out.flush();
    }
}
