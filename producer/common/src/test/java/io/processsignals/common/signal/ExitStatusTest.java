// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.signal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitStatusTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0x0000 | 0   | 0  | false | exited with code 0: success",
                "0x0100 | 1   | 0  | false | exited with code 1: by convention any error",
                "0x0200 | 2   | 0  | false | exited with code 2: by convention wrong usage",
                "0x0700 | 7   | 0  | false | exited with code 7",
                "0x7e00 | 126 | 0  | false | exited with code 126: by a shell's convention a command that could not be executed",
                "0x7f00 | 127 | 0  | false | exited with code 127: by a shell's convention a command that was not found",
                "0x8000 | 128 | 0  | false | exited with code 128",
                "0x8900 | 137 | 0  | false | exited with code 137, not by a signal: a shell does so when its command was ended by SIGKILL",
                "0x8f00 | 143 | 0  | false | exited with code 143, not by a signal: a shell does so when its command was ended by SIGTERM",
                "0xff00 | 255 | 0  | false | exited with code 255: often exit(-1)",
                "0x0009 | 137 | 9  | false | ended by SIGKILL (9): kill: cannot be handled or ignored",
                "0x000f | 143 | 15 | false | ended by SIGTERM (15): request to terminate",
                "0x000b | 139 | 11 | false | ended by SIGSEGV (11): segmentation fault: invalid memory reference",
                "0x008b | 139 | 11 | true  | ended by SIGSEGV (11): segmentation fault: invalid memory reference; core dumped",
                "0x0086 | 134 | 6  | true  | ended by SIGABRT (6): abort; core dumped",
                "0x0025 | 165 | 37 | false | ended by SIGRTMIN+3 (37): real-time signal",
            })
    void reads(String status, int code, int signal, boolean core, String description) {
        int waitStatus = Integer.decode(status);

        assertThat(ExitStatus.code(waitStatus)).isEqualTo(code);
        assertThat(ExitStatus.signal(waitStatus)).isEqualTo(signal);
        assertThat(ExitStatus.coreDumped(waitStatus)).isEqualTo(core);
        assertThat(ExitStatus.description(waitStatus)).hasToString(description);
        assertThat(ExitStatus.isAbnormal(waitStatus)).isEqualTo(code != 0);
    }

    @Test
    void everyStatusHasADescriptionThatNamesItsSignalOrCode() {
        for (int status = 0; status < 1 << 16; status++) {
            String description = ExitStatus.description(status).toString();
            int signal = ExitStatus.signal(status);
            if (signal == 0) {
                assertThat(description).startsWith("exited with code " + ExitStatus.code(status));
            } else {
                assertThat(description).startsWith("ended by " + Signals.name(signal));
            }
        }
    }

    @Test
    void coreFlagWithoutASignalMeansNothing() {
        assertThat(ExitStatus.coreDumped(0x80)).isFalse();
        assertThat(ExitStatus.code(0x80)).isZero();
    }

    @Test
    void bitsBeyondTheStatusAreIgnored() {
        assertThat(ExitStatus.code(0x7fff0700)).isEqualTo(7);
        assertThat(ExitStatus.code(0xffff0009)).isEqualTo(137);
    }

    /** What the kernel and a shell make of it, so that the table above is not only our own opinion. */
    @ParameterizedTest
    @CsvSource({"kill -KILL $$, 9", "kill -TERM $$, 15", "exit 137, 35072", "exit 7, 1792"})
    @EnabledOnOs(OS.LINUX)
    void agreesWithTheShell(String script, int waitStatus) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder("sh", "-c", "sh -c '" + script + "'; exit $?").start();

        assertThat(shell.waitFor()).isEqualTo(ExitStatus.code(waitStatus));
    }
}
