// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C and SIGTERM: the command ends in order, and with exit code 0, since it does what it was told. */
public final class Interruption {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Interruption() {}

    /** What a command does until it is stopped. */
    @FunctionalInterface
    public interface Work {
        void run() throws IOException;
    }

    /**
     * Runs the work to its end.
     *
     * @param stop makes it end soon; called from another thread when the process is told to end, which then waits for
     *     it, for at most half a minute
     */
    public static void during(Work work, Runnable stop) throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> stopAndWait(stop, ended), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            work.run();
        } finally {
            ended.countDown();
            remove(hook);
        }
    }

    private static void stopAndWait(Runnable stop, CountDownLatch ended) {
        stop.run();
        try {
            if (ended.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                Runtime.getRuntime().halt(ExitCodes.FINE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs already.
        }
    }
}
