// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.events.Container;
import io.processsignals.events.ProcessReference;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Container runtimes, by the names of their programs. A process can give itself any name: what counts is a process with
 * such a name, of root, outside of the container that it ends.
 */
final class Runtimes {
    private static final Set<String> NAMES = Set.of(
            "runc",
            "crun",
            "youki",
            "runsc",
            "runsc-sandbox",
            "kata-runtime",
            "containerd",
            "containerd-shim",
            "dockerd",
            "docker-containe",
            "conmon",
            "conmonrs",
            "crio",
            "podman",
            "nerdctl");

    private Runtimes() {}

    static boolean stopped(@Nullable Container victim, ProcessReference sender) {
        return victim != null
                && victim.getContainerId() != null
                && isOutside(victim, sender.getContainer())
                && sender.getUid() <= 0
                && isName(sender.getCommand());
    }

    /** A sender of unknown cgroup is not known to be inside. */
    private static boolean isOutside(Container victim, @Nullable Container sender) {
        return sender == null || !Objects.equals(victim.getContainerId(), sender.getContainerId());
    }

    private static boolean isName(String command) {
        return NAMES.contains(command) || command.startsWith("runc:[") || command.startsWith("containerd-shim");
    }
}
