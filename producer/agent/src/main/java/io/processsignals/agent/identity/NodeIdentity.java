// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ConstantText;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The part of every event's identity that is the same for all events of a node between two boots.
 *
 * @param cluster name of the cluster, if configured
 * @param node name of the node
 * @param bootId names the boot
 */
public record NodeIdentity(Optional<ConstantText> cluster, ConstantText node, ConstantText bootId) {
    /** Set by the downward API in Kubernetes. */
    public static final String NODE_NAME_ENV = "NODE_NAME";

    /**
     * Finds out who this node is. The name is the configured one, else {@value #NODE_NAME_ENV}, else the host name.
     *
     * @param configuredNode value of {@code node.name}, if any; blank counts as none
     * @param configuredCluster name of the cluster, if any; blank counts as none
     * @param environment of this process
     * @param procRoot where procfs is mounted; without one (off Linux) the boot id is random, new with every start
     */
    public static NodeIdentity detect(
            @Nullable String configuredNode,
            @Nullable String configuredCluster,
            Map<String, String> environment,
            Path procRoot) {
        String node = given(configuredNode)
                .or(() -> given(environment.get(NODE_NAME_ENV)))
                .or(() -> read(procRoot.resolve("sys/kernel/hostname")))
                .orElseGet(NodeIdentity::hostName);
        String bootId = read(procRoot.resolve("sys/kernel/random/boot_id"))
                .orElseGet(() -> UUID.randomUUID().toString());
        return new NodeIdentity(
                given(configuredCluster).map(ConstantText::of), ConstantText.of(node), ConstantText.of(bootId));
    }

    private static Optional<String> given(@Nullable String value) {
        return Optional.ofNullable(value).map(String::strip).filter(v -> !v.isEmpty());
    }

    private static Optional<String> read(Path file) {
        try {
            return given(Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
