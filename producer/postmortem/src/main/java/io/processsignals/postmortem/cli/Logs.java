// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

/** Logging of the commands. */
public final class Logs {
    private static final String CONFIGURATION = "logback.configurationFile";

    private Logs() {}

    /** Errors only, to standard error. */
    static void errorsOnly() {
        configure("io/processsignals/postmortem/logback.xml");
    }

    /**
     * Names the configuration, a resource; call it before anything logs. One that was named on the Java command line
     * wins.
     */
    public static void configure(String resource) {
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, resource);
        }
    }
}
