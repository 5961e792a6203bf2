// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

import static io.processsignals.common.signal.DefaultAction.CONTINUE;
import static io.processsignals.common.signal.DefaultAction.CORE;
import static io.processsignals.common.signal.DefaultAction.IGNORE;
import static io.processsignals.common.signal.DefaultAction.STOP;
import static io.processsignals.common.signal.DefaultAction.TERMINATE;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.Text;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The signals of Linux on x86_64 and aarch64, which number them alike.
 *
 * <p>Real-time signals are named as glibc does, whose SIGRTMIN is 34: the kernel's first two, 32 and 33, are kept by
 * the C library for itself and are named SIG32 and SIG33. Sources: include/uapi/asm-generic/signal.h and siginfo.h,
 * include/linux/signal.h for default actions.
 */
public final class Signals {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGKILL = 9;
    public static final int SIGSEGV = 11;
    public static final int SIGPIPE = 13;
    public static final int SIGTERM = 15;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGURG = 23;
    public static final int SIGIO = 29;
    public static final int SIGSYS = 31;
    /** As glibc counts; the kernel's is 32, musl's 35. */
    public static final int SIGRTMIN = 34;

    public static final int SIGRTMAX = 64;
    /** Highest signal number. */
    public static final int MAX = 64;

    public static final int SI_USER = 0;
    public static final int SI_KERNEL = 0x80;
    public static final int SI_QUEUE = -1;
    public static final int SI_TKILL = -6;

    /** Names are kept for every number that a wait status can hold (7 bits). */
    private static final int NAMED = 128;

    private static final ConstantText NOT_A_SIGNAL = ConstantText.of("not a signal of Linux");

    private static final ConstantText[] NAMES = new ConstantText[NAMED];
    private static final ConstantText[] DESCRIPTIONS = new ConstantText[NAMED];
    private static final DefaultAction[] ACTIONS = new DefaultAction[MAX + 1];
    private static final Map<String, Integer> NUMBERS = new HashMap<>();

    private static final ConstantText[] NEGATIVE_CODES =
            codes("SI_USER", "SI_QUEUE", "SI_TIMER", "SI_MESGQ", "SI_ASYNCIO", "SI_SIGIO", "SI_TKILL", "SI_DETHREAD");
    private static final int SI_ASYNCNL_CODE = -60;
    private static final ConstantText SI_ASYNCNL = ConstantText.of("SI_ASYNCNL");
    private static final ConstantText SI_KERNEL_NAME = ConstantText.of("SI_KERNEL");
    private static final ConstantText[] ILL_CODES = codes(
            "",
            "ILL_ILLOPC",
            "ILL_ILLOPN",
            "ILL_ILLADR",
            "ILL_ILLTRP",
            "ILL_PRVOPC",
            "ILL_PRVREG",
            "ILL_COPROC",
            "ILL_BADSTK",
            "ILL_BADIADDR");
    private static final ConstantText[] FPE_CODES = codes(
            "",
            "FPE_INTDIV",
            "FPE_INTOVF",
            "FPE_FLTDIV",
            "FPE_FLTOVF",
            "FPE_FLTUND",
            "FPE_FLTRES",
            "FPE_FLTINV",
            "FPE_FLTSUB",
            "",
            "",
            "",
            "",
            "",
            "FPE_FLTUNK",
            "FPE_CONDTRAP");
    private static final ConstantText[] SEGV_CODES = codes(
            "",
            "SEGV_MAPERR",
            "SEGV_ACCERR",
            "SEGV_BNDERR",
            "SEGV_PKUERR",
            "SEGV_ACCADI",
            "SEGV_ADIDERR",
            "SEGV_ADIPERR",
            "SEGV_MTEAERR",
            "SEGV_MTESERR",
            "SEGV_CPERR");
    private static final ConstantText[] BUS_CODES =
            codes("", "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO");
    private static final ConstantText[] TRAP_CODES =
            codes("", "TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF");
    private static final ConstantText[] CLD_CODES =
            codes("", "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED");
    private static final ConstantText[] SYS_CODES = codes("", "SYS_SECCOMP", "SYS_USER_DISPATCH");
    private static final ConstantText[] POLL_CODES =
            codes("", "POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP");

    static {
        define(1, "SIGHUP", TERMINATE, "hangup of its terminal, or a request to reload");
        define(2, "SIGINT", TERMINATE, "interrupt, as by Ctrl-C");
        define(3, "SIGQUIT", CORE, "quit, as by Ctrl-\\");
        define(4, "SIGILL", CORE, "illegal instruction");
        define(5, "SIGTRAP", CORE, "trace or breakpoint trap");
        define(6, "SIGABRT", CORE, "abort");
        define(7, "SIGBUS", CORE, "bus error: memory that cannot be accessed in this way");
        define(8, "SIGFPE", CORE, "arithmetic error");
        define(9, "SIGKILL", TERMINATE, "kill: cannot be handled or ignored");
        define(10, "SIGUSR1", TERMINATE, "user-defined signal 1");
        define(11, "SIGSEGV", CORE, "segmentation fault: invalid memory reference");
        define(12, "SIGUSR2", TERMINATE, "user-defined signal 2");
        define(13, "SIGPIPE", TERMINATE, "broken pipe: written to with no reader");
        define(14, "SIGALRM", TERMINATE, "alarm clock: a timer ran out");
        define(15, "SIGTERM", TERMINATE, "request to terminate");
        define(16, "SIGSTKFLT", TERMINATE, "coprocessor stack fault, not used by the kernel");
        define(17, "SIGCHLD", IGNORE, "a child ended, stopped or continued");
        define(18, "SIGCONT", CONTINUE, "continue if stopped");
        define(19, "SIGSTOP", STOP, "stop: cannot be handled or ignored");
        define(20, "SIGTSTP", STOP, "stop, as by Ctrl-Z");
        define(21, "SIGTTIN", STOP, "background process reads from its terminal");
        define(22, "SIGTTOU", STOP, "background process writes to its terminal");
        define(23, "SIGURG", IGNORE, "urgent data on a socket");
        define(24, "SIGXCPU", CORE, "CPU time limit exceeded");
        define(25, "SIGXFSZ", CORE, "file size limit exceeded");
        define(26, "SIGVTALRM", TERMINATE, "timer of its CPU time ran out");
        define(27, "SIGPROF", TERMINATE, "profiling timer ran out");
        define(28, "SIGWINCH", IGNORE, "its terminal window was resized");
        define(29, "SIGIO", TERMINATE, "input or output is possible");
        define(30, "SIGPWR", TERMINATE, "power failure");
        define(31, "SIGSYS", CORE, "bad system call, or one refused by seccomp");
        define(32, "SIG32", TERMINATE, "real-time signal that the C library keeps for itself");
        define(33, "SIG33", TERMINATE, "real-time signal that the C library keeps for itself");
        for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++) {
            String name = signal == SIGRTMIN
                    ? "SIGRTMIN"
                    : signal == SIGRTMAX ? "SIGRTMAX" : "SIGRTMIN+" + (signal - SIGRTMIN);
            define(signal, name, TERMINATE, "real-time signal");
            NUMBERS.put("SIGRTMIN+" + (signal - SIGRTMIN), signal);
            NUMBERS.put("SIGRTMAX-" + (SIGRTMAX - signal), signal);
        }
        NUMBERS.put("SIGIOT", 6);
        NUMBERS.put("SIGCLD", 17);
        NUMBERS.put("SIGPOLL", 29);
        NUMBERS.put("SIGUNUSED", 31);
        for (int number = 0; number < NAMED; number++) {
            if (!isSignal(number)) {
                NAMES[number] = ConstantText.of("SIG" + number);
                DESCRIPTIONS[number] = NOT_A_SIGNAL;
            }
        }
    }

    private Signals() {}

    /** Whether it is a number of a signal: 1 to 64. */
    public static boolean isSignal(int number) {
        return number >= 1 && number <= MAX;
    }

    /** For example SIGKILL, SIGRTMIN+3; SIG followed by the number if Linux has no such signal. */
    public static String name(int signal) {
        return nameText(signal).toString();
    }

    /** As {@link #name}; allocates nothing for numbers that a wait status can hold. */
    public static ConstantText nameText(int signal) {
        return signal >= 0 && signal < NAMED ? NAMES[signal] : ConstantText.of("SIG" + signal);
    }

    /** The signal in a few words. */
    public static ConstantText description(int signal) {
        return signal >= 0 && signal < NAMED ? DESCRIPTIONS[signal] : NOT_A_SIGNAL;
    }

    /** What happens without a handler. */
    public static DefaultAction defaultAction(int signal) {
        if (!isSignal(signal)) {
            throw new IllegalArgumentException("no signal has the number " + signal);
        }
        return ACTIONS[signal];
    }

    /**
     * Number of SIGTERM, sigterm, TERM, SIGRTMIN+3, SIGRTMAX-1, or of a number 1 to 64; empty if there is none such.
     */
    public static OptionalInt number(String nameOrNumber) {
        String name = nameOrNumber.strip().toUpperCase(Locale.ROOT);
        Integer number = NUMBERS.get(name);
        if (number == null) {
            number = NUMBERS.get("SIG" + name);
        }
        if (number == null && name.matches("[0-9]{1,2}")) {
            int parsed = Integer.parseInt(name);
            number = isSignal(parsed) ? parsed : null;
        }
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** Name of a {@code si_code}, whose meaning depends on the signal; the number in decimal if it has none. */
    public static String siCodeName(int signal, int code) {
        ConstantText name = siCodeText(signal, code);
        return name == ConstantText.EMPTY ? Integer.toString(code) : name.toString();
    }

    /** As {@link #siCodeName}, into the text of an event. */
    public static void writeSiCodeName(int signal, int code, Text target) {
        ConstantText name = siCodeText(signal, code);
        if (name == ConstantText.EMPTY) {
            target.setDecimal(code);
        } else {
            target.set(name);
        }
    }

    /** Empty if it has no name. */
    private static ConstantText siCodeText(int signal, int code) {
        if (code == SI_KERNEL) {
            return SI_KERNEL_NAME;
        }
        if (code == SI_ASYNCNL_CODE) {
            return SI_ASYNCNL;
        }
        if (code <= 0) {
            // Integer.MIN_VALUE stays negative and has no name either
            return at(NEGATIVE_CODES, -code);
        }
        return switch (signal) {
            case SIGILL -> at(ILL_CODES, code);
            case SIGFPE -> at(FPE_CODES, code);
            case SIGSEGV -> at(SEGV_CODES, code);
            case SIGBUS -> at(BUS_CODES, code);
            case SIGTRAP -> at(TRAP_CODES, code);
            case SIGCHLD -> at(CLD_CODES, code);
            case SIGSYS -> at(SYS_CODES, code);
            // SIGIO, or the signal that fcntl(F_SETSIG) chose in its place: kernel/signal.c, siginfo_layout()
            default -> at(POLL_CODES, code);
        };
    }

    private static ConstantText at(ConstantText[] names, int index) {
        return index >= 0 && index < names.length ? names[index] : ConstantText.EMPTY;
    }

    private static ConstantText[] codes(String... names) {
        ConstantText[] texts = new ConstantText[names.length];
        for (int i = 0; i < names.length; i++) {
            texts[i] = names[i].isEmpty() ? ConstantText.EMPTY : ConstantText.of(names[i]);
        }
        return texts;
    }

    private static void define(int signal, String name, DefaultAction action, String description) {
        NAMES[signal] = ConstantText.of(name);
        DESCRIPTIONS[signal] = ConstantText.of(description);
        ACTIONS[signal] = action;
        NUMBERS.put(name, signal);
    }
}
