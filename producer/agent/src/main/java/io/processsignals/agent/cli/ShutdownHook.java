// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

/**
 * Ends the agent in order when the process is told to end (SIGTERM, Ctrl-C), and makes that an exit with code 0: it did
 * what it was told.
 */
final class ShutdownHook {
    private static volatile boolean exiting;

    private ShutdownHook() {}

    static void closeAtExit(Runnable close) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            close.run();
                            if (!exiting) {
                                Runtime.getRuntime().halt(ExitCodes.FINE);
                            }
                        },
                        "shutdown"));
    }

    /** As {@link System#exit}, with this exit code. */
    static void exit(int exitCode) {
        exiting = true;
        System.exit(exitCode);
    }
}
