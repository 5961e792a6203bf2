// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.common.codec.Text;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
    /** Numbers and actions of signal(7), x86 and ARM. */
    @ParameterizedTest
    @CsvSource({
        "1, SIGHUP, TERMINATE", "2, SIGINT, TERMINATE", "3, SIGQUIT, CORE", "4, SIGILL, CORE",
        "5, SIGTRAP, CORE", "6, SIGABRT, CORE", "7, SIGBUS, CORE", "8, SIGFPE, CORE",
        "9, SIGKILL, TERMINATE", "10, SIGUSR1, TERMINATE", "11, SIGSEGV, CORE", "12, SIGUSR2, TERMINATE",
        "13, SIGPIPE, TERMINATE", "14, SIGALRM, TERMINATE", "15, SIGTERM, TERMINATE", "16, SIGSTKFLT, TERMINATE",
        "17, SIGCHLD, IGNORE", "18, SIGCONT, CONTINUE", "19, SIGSTOP, STOP", "20, SIGTSTP, STOP",
        "21, SIGTTIN, STOP", "22, SIGTTOU, STOP", "23, SIGURG, IGNORE", "24, SIGXCPU, CORE",
        "25, SIGXFSZ, CORE", "26, SIGVTALRM, TERMINATE", "27, SIGPROF, TERMINATE", "28, SIGWINCH, IGNORE",
        "29, SIGIO, TERMINATE", "30, SIGPWR, TERMINATE", "31, SIGSYS, CORE", "32, SIG32, TERMINATE",
        "33, SIG33, TERMINATE", "34, SIGRTMIN, TERMINATE", "35, SIGRTMIN+1, TERMINATE", "37, SIGRTMIN+3, TERMINATE",
        "63, SIGRTMIN+29, TERMINATE", "64, SIGRTMAX, TERMINATE",
    })
    void numbersNamesAndActions(int number, String name, DefaultAction action) {
        assertThat(Signals.name(number)).isEqualTo(name);
        assertThat(Signals.number(name)).hasValue(number);
        assertThat(Signals.defaultAction(number)).isEqualTo(action);
        assertThat(Signals.description(number).toString()).isNotBlank();
    }

    @Test
    void everySignalHasItsOwnName() {
        Set<String> names = new HashSet<>();
        for (int signal = 1; signal <= Signals.MAX; signal++) {
            names.add(Signals.name(signal));
            assertThat(Signals.number(Signals.name(signal))).hasValue(signal);
            assertThat(Signals.number(Integer.toString(signal))).hasValue(signal);
        }
        assertThat(names).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65, 127, 128, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void numbersThatAreNoSignal(int number) {
        assertThat(Signals.isSignal(number)).isFalse();
        assertThat(Signals.name(number)).isEqualTo("SIG" + number);
        assertThat(Signals.description(number)).hasToString("not a signal of Linux");
        assertThatThrownBy(() -> Signals.defaultAction(number)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "term, 15",
        "SigTerm, 15",
        "' SIGKILL ', 9",
        "SIGIOT, 6",
        "SIGCLD, 17",
        "SIGPOLL, 29",
        "RTMIN+3, 37",
        "SIGRTMIN+30, 64",
        "SIGRTMAX-30, 34",
        "SIGRTMAX-2, 62",
        "9, 9",
        "09, 9",
    })
    void readsNamesAndNumbers(String text, int expected) {
        assertThat(Signals.number(text)).hasValue(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SIG", "0", "65", "-1", "SIGRTMIN+31", "SIGRTMIN-1", "SIGRTMAX+1", "KILLED", "٩"})
    void readsNothingElse(String text) {
        assertThat(Signals.number(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "9, 0, SI_USER",
        "15, -1, SI_QUEUE",
        "14, -2, SI_TIMER",
        "34, -3, SI_MESGQ",
        "34, -4, SI_ASYNCIO",
        "29, -5, SI_SIGIO",
        "6, -6, SI_TKILL",
        "9, -7, SI_DETHREAD",
        "34, -60, SI_ASYNCNL",
        "9, 128, SI_KERNEL",
        "4, 1, ILL_ILLOPC",
        "4, 8, ILL_BADSTK",
        "8, 1, FPE_INTDIV",
        "8, 3, FPE_FLTDIV",
        "8, 14, FPE_FLTUNK",
        "8, 15, FPE_CONDTRAP",
        "11, 1, SEGV_MAPERR",
        "11, 2, SEGV_ACCERR",
        "11, 4, SEGV_PKUERR",
        "11, 10, SEGV_CPERR",
        "7, 1, BUS_ADRALN",
        "7, 2, BUS_ADRERR",
        "7, 4, BUS_MCEERR_AR",
        "7, 5, BUS_MCEERR_AO",
        "5, 1, TRAP_BRKPT",
        "5, 6, TRAP_PERF",
        "17, 1, CLD_EXITED",
        "17, 6, CLD_CONTINUED",
        "31, 1, SYS_SECCOMP",
        "31, 2, SYS_USER_DISPATCH",
        "29, 1, POLL_IN",
        "29, 6, POLL_HUP",
        "35, 6, POLL_HUP",
        "11, 128, SI_KERNEL",
        // without a name
        "9, -8, -8",
        "9, -61, -61",
        "9, -2147483648, -2147483648",
        "9, 2147483647, 2147483647",
        "8, 9, 9",
        "31, 3, 3",
        "5, 1029, 1029",
        "29, 7, 7",
        "11, 127, 127",
    })
    void namesOfCodes(int signal, int code, String expected) {
        Text text = new Text();

        Signals.writeSiCodeName(signal, code, text);

        assertThat(Signals.siCodeName(signal, code)).isEqualTo(expected);
        assertThat(text).hasToString(expected);
    }
}
