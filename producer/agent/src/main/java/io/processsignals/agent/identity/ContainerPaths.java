// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.QosClass;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads container, pod and quality of service from the path of a cgroup, as kubelet, container runtimes and systemd
 * name them, with either cgroup driver. Of nested containers (a node inside a container) the innermost counts.
 */
public final class ContainerPaths {
    private static final Pattern CONTAINER = Pattern.compile(
            "(?<![0-9a-f])" // not the end of longer digits
                    + "(?:(?:(cri-containerd|crio|docker|libpod)[-:])|(?<=/(docker)/))?"
                    + "([0-9a-f]{64})(?:\\.scope)?(?=/|$)");

    /** A runtime's monitor has a scope beside the container, named after it. */
    private static final Pattern MONITOR = Pattern.compile("(?:crio|libpod)-conmon-$");

    private static final Pattern POD = Pattern.compile(
            "(?<![0-9A-Za-z])pod" // "kubepods" and "libpod" are no pods
                    + "([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])");

    /** Also below a custom root, as in {@code kubelet-kubepods-burstable.slice}. */
    private static final Pattern QOS = Pattern.compile("kubepods[-/](burstable|besteffort)(?=[-./]|$)");

    private static final Pattern KUBEPODS = Pattern.compile("kubepods[-./]");

    private ContainerPaths() {}

    /** Never fails: what the path does not say is absent. */
    public static ContainerIdentity parse(String path) {
        ContainerRuntime runtime = ContainerRuntime.NONE;
        Optional<String> containerId = Optional.empty();
        Matcher container = CONTAINER.matcher(path);
        while (container.find()) {
            if (!endsWithMonitor(path, container.start())) {
                runtime = runtime(container.group(1) != null ? container.group(1) : container.group(2));
                containerId = Optional.of(container.group(3));
            }
        }
        Optional<String> podUid = last(POD, path).map(uid -> uid.replace('_', '-'));
        QosClass qos = podUid.isPresent() ? qos(path) : QosClass.UNKNOWN;
        return new ContainerIdentity(runtime, containerId, podUid, qos);
    }

    private static boolean endsWithMonitor(String path, int end) {
        return MONITOR.matcher(path)
                .region(Math.max(0, end - "libpod-conmon-".length()), end)
                .find();
    }

    private static ContainerRuntime runtime(@Nullable String prefix) {
        if (prefix == null) {
            return ContainerRuntime.UNKNOWN;
        }
        return switch (prefix) {
            case "cri-containerd" -> ContainerRuntime.CONTAINERD;
            case "crio" -> ContainerRuntime.CRIO;
            case "docker" -> ContainerRuntime.DOCKER;
            case "libpod" -> ContainerRuntime.PODMAN;
            default -> ContainerRuntime.UNKNOWN;
        };
    }

    private static QosClass qos(String path) {
        Optional<String> level = last(QOS, path);
        if (level.isPresent()) {
            return level.get().equals("burstable") ? QosClass.BURSTABLE : QosClass.BEST_EFFORT;
        }
        // Guaranteed pods have no level of their own; a path that begins below kubepods does not show it.
        return KUBEPODS.matcher(path).find() ? QosClass.GUARANTEED : QosClass.UNKNOWN;
    }

    private static Optional<String> last(Pattern pattern, String path) {
        Matcher matcher = pattern.matcher(path);
        Optional<String> found = Optional.empty();
        while (matcher.find()) {
            found = Optional.of(matcher.group(1));
        }
        return found;
    }
}
