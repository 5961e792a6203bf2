// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

/** Logging of the readers' commands. */
public final class Logs {
    private static final String CONFIGURATION = "logback.configurationFile";

    private Logs() {}

    /** Errors only, to standard error; call it before anything logs. A configuration given on the command line wins. */
    public static void toStandardError() {
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, "io/processsignals/postmortem/logback.xml");
        }
    }
}
