// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The main class of the registry's JVM. Its standard input is a pipe held by the parent, which ends with the parent
 * however that ended, SIGKILL included: then this process ends as well and takes its folder along. PR_SET_PDEATHSIG
 * would not do: it follows the parent's thread, not its process, and exists on Linux only.
 *
 * <p>Arguments: the folder to remove at the end, the registry's own main class, its arguments.
 */
public final class RegistryChild {
    private RegistryChild() {}

    public static void main(String[] args) throws ReflectiveOperationException {
        Thread watch = new Thread(() -> endWithParent(Path.of(args[0])), "parent-watch");
        watch.setDaemon(true);
        watch.start();
        Class.forName(args[1]).getMethod("main", String[].class).invoke(null, (Object)
                Arrays.copyOfRange(args, 2, args.length));
    }

    private static void endWithParent(Path folder) {
        try {
            while (System.in.read() >= 0) {
                // nothing is ever sent
            }
            TemporaryFolder.delete(folder);
        } catch (IOException e) {
            // The pipe broke or a file stayed: either way there is nobody left to tell.
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }
}
