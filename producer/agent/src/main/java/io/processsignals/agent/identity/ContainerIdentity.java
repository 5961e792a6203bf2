// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.QosClass;
import java.util.Optional;

/**
 * What the path of a cgroup says about the container that it stands for.
 *
 * @param runtime UNKNOWN if there is a container id without a runtime's name; NONE outside containers
 * @param containerId 64 hexadecimal digits
 * @param podUid Kubernetes pod UID: with dashes, or for static pods the 32 hexadecimal digits that the kubelet uses
 * @param qosClass UNKNOWN outside pods and where the path does not show it
 */
public record ContainerIdentity(
        ContainerRuntime runtime, Optional<String> containerId, Optional<String> podUid, QosClass qosClass) {}
