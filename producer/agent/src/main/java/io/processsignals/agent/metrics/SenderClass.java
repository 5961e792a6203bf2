// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.codec.Text;
import io.processsignals.events.ContainerRuntime;

/**
 * Who sent a signal, coarse enough for a label: never a pid, command or container id, whose number has no bound. Detail
 * belongs into the topic.
 */
enum SenderClass {
    /** No process sent it. */
    KERNEL,
    /** A container runtime outside all containers, as its command says. */
    RUNTIME,
    /** The target itself. */
    SELF,
    SAME_CONTAINER,
    /** A process in no container. */
    HOST,
    /** Another container, or nothing is known. */
    OTHER;

    /** What comm shows of it: at most 15 bytes, and a prefix is enough ("containerd-shim-runc-v2", "runc:[2:INIT]"). */
    private static final ConstantText[] RUNTIME_COMMANDS = {
        ConstantText.of("runc"),
        ConstantText.of("crun"),
        ConstantText.of("youki"),
        ConstantText.of("containerd"),
        ConstantText.of("conmon"),
        ConstantText.of("dockerd"),
        ConstantText.of("docker-init"),
        ConstantText.of("podman"),
        ConstantText.of("crio"),
        ConstantText.of("kubelet")
    };

    /** Of an event with {@code signalInfo}. Allocates nothing. */
    static SenderClass of(MutableEvent event) {
        switch (event.signalInfo.origin) {
            case USER, QUEUE, THREAD -> {
                return ofSender(event);
            }
            case UNKNOWN -> {
                return event.sender.present ? ofSender(event) : OTHER;
            }
            default -> {
                return KERNEL;
            }
        }
    }

    private static SenderClass ofSender(MutableEvent event) {
        MutableEvent.ProcessReference sender = event.sender;
        if (!sender.present) {
            return OTHER;
        }
        if (sender.tgid() == event.tgid && sender.startTime() == event.startTime) {
            return SELF;
        }
        boolean containerKnown = sender.container.present && sender.container.runtime != ContainerRuntime.UNKNOWN;
        boolean host = containerKnown && sender.container.runtime == ContainerRuntime.NONE;
        if ((host || !hasContainerId(sender.container)) && isRuntime(sender.command())) {
            return RUNTIME;
        }
        if (hasContainerId(sender.container)
                && event.container.present
                && sender.container.containerId.contentEquals(event.container.containerId)) {
            return SAME_CONTAINER;
        }
        return host ? HOST : OTHER;
    }

    private static boolean hasContainerId(MutableEvent.Container container) {
        return container.present && container.containerId.length() > 0;
    }

    private static boolean isRuntime(Text command) {
        for (ConstantText prefix : RUNTIME_COMMANDS) {
            if (command.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
