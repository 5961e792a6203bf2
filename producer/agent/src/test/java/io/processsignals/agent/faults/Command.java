// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.faults;

import java.io.IOException;

/** Programs that a test needs for their effect only. */
public final class Command {
    private Command() {}

    /** @throws IOException if it ends with another code than 0 */
    public static void run(String... words) throws IOException {
        int code = new ProcessBuilder(words).inheritIO().start().onExit().join().exitValue();
        if (code != 0) {
            throw new IOException(String.join(" ", words) + " ended with " + code);
        }
    }
}
