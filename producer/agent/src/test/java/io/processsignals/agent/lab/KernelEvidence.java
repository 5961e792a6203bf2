// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a kernel lets the agent see: the rest it must leave open.
 *
 * @param everyTask no task is kept from BPF programs
 */
record KernelEvidence(boolean everyTask) {
    /** Of a kernel as it is made. */
    static final KernelEvidence WHOLE = new KernelEvidence(true);

    /**
     * Some kernels of virtual machines protect their supervisor, process 1: root may not look at it, and no BPF program
     * runs while one of its threads is the running task. A timer that expires on top of such a thread sends its signal
     * unseen; ftrace showed that for each one missing on such a kernel (6.18), and bpftrace misses the same ones.
     */
    static KernelEvidence ofThisMachine() {
        boolean initMayBeLookedAt;
        try {
            Files.readSymbolicLink(Path.of("/proc/1/exe"));
            initMayBeLookedAt = true;
        } catch (IOException e) {
            initMayBeLookedAt = false;
        }
        return new KernelEvidence(initMayBeLookedAt);
    }

    /** Whether a signal of that origin is sent in the name of whoever is interrupted, and so may not have been seen. */
    boolean mayMiss(String origin) {
        return !everyTask && origin.equals("TIMER");
    }
}
