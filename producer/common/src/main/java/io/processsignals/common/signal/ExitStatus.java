// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

import io.processsignals.common.codec.ConstantText;

/**
 * Reads the raw wait status of an ended process, as wait4(2) gives it: the low 7 bits are the signal that ended it, or
 * 0; bit 7 says that core was dumped; bits 8 to 15 are the exit code. Other bits are ignored.
 *
 * <p>A process that calls {@code exit(137)} has an exit code and no signal; one that SIGKILL ended has a signal and no
 * exit code, and only {@link #code} makes 137 of it. The two are never mixed here.
 */
public final class ExitStatus {
    private static final int SIGNAL_MASK = 0x7f;
    private static final int CORE_FLAG = 0x80;
    private static final int CODE_SHIFT = 8;
    private static final int CODE_MASK = 0xff;

    /** What a shell and Kubernetes add to a signal's number. */
    private static final int SIGNAL_BASE = 128;

    private static final ConstantText[] BY_CODE = new ConstantText[CODE_MASK + 1];
    private static final ConstantText[] BY_SIGNAL = new ConstantText[SIGNAL_MASK + 1];
    private static final ConstantText[] BY_SIGNAL_WITH_CORE = new ConstantText[SIGNAL_MASK + 1];

    static {
        for (int code = 0; code <= CODE_MASK; code++) {
            BY_CODE[code] = ConstantText.of(describeCode(code));
        }
        for (int signal = 0; signal <= SIGNAL_MASK; signal++) {
            String text = "ended by " + Signals.name(signal) + " (" + signal + "): " + Signals.description(signal);
            BY_SIGNAL[signal] = ConstantText.of(text);
            BY_SIGNAL_WITH_CORE[signal] = ConstantText.of(text + "; core dumped");
        }
    }

    private ExitStatus() {}

    /** The exit code, or 128 + signal: what a shell and Kubernetes show. */
    public static int code(int waitStatus) {
        int signal = signal(waitStatus);
        return signal == 0 ? exitCode(waitStatus) : SIGNAL_BASE + signal;
    }

    /** Number of the signal that ended the process; 0 if it exited by itself. */
    public static int signal(int waitStatus) {
        return waitStatus & SIGNAL_MASK;
    }

    /** Whether the kernel wrote or piped a core dump. */
    public static boolean coreDumped(int waitStatus) {
        return signal(waitStatus) != 0 && (waitStatus & CORE_FLAG) != 0;
    }

    /** Whether it ended otherwise than by {@code exit(0)}. */
    public static boolean isAbnormal(int waitStatus) {
        return code(waitStatus) != 0;
    }

    /** The status in a few words. */
    public static ConstantText description(int waitStatus) {
        int signal = signal(waitStatus);
        if (signal == 0) {
            return BY_CODE[exitCode(waitStatus)];
        }
        return (coreDumped(waitStatus) ? BY_SIGNAL_WITH_CORE : BY_SIGNAL)[signal];
    }

    private static int exitCode(int waitStatus) {
        return (waitStatus >> CODE_SHIFT) & CODE_MASK;
    }

    private static String describeCode(int code) {
        String exited = "exited with code " + code;
        return switch (code) {
            case 0 -> exited + ": success";
            case 1 -> exited + ": by convention any error";
            case 2 -> exited + ": by convention wrong usage";
            case 126 -> exited + ": by a shell's convention a command that could not be executed";
            case 127 -> exited + ": by a shell's convention a command that was not found";
            case 255 -> exited + ": often exit(-1)";
            default -> {
                int signal = code - SIGNAL_BASE;
                yield Signals.isSignal(signal)
                        ? exited + ", not by a signal: a shell does so when its command was ended by "
                                + Signals.name(signal)
                        : exited;
            }
        };
    }
}
