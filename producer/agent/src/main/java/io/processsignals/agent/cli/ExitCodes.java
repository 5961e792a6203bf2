// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.cli;

/** Exit codes, the same for every command. */
public final class ExitCodes {
    public static final int FINE = 0;
    public static final int FINDING = 1;
    public static final int USAGE = 2;

    /** Something that the command needs is missing: Linux, a privilege, BTF. */
    public static final int CANNOT_RUN = 3;

    private ExitCodes() {}
}
