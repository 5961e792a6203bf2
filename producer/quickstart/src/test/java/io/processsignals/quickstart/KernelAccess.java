// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this machine can capture at all. Where it can, a test that cannot is a failure. */
final class KernelAccess {
    private KernelAccess() {}

    static void require() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "not run: this is not Linux");
        assumeTrue(Files.exists(Path.of("/sys/kernel/btf/vmlinux")), "not run: this kernel has no BTF");
        assumeTrue(new com.sun.security.auth.module.UnixSystem().getUid() == 0, "not run: not root");
    }

    /**
     * Some kernels of virtual machines let no BPF program run on process 1, at which root may not look either: the
     * signal of a timer that expires on top of it is sent unseen.
     */
    static boolean timersMayBeUnseen() {
        try {
            Files.readSymbolicLink(Path.of("/proc/1/exe"));
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
