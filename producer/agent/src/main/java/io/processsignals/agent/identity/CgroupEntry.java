// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.MutableEvent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of one cgroup, ready to be put into an event. */
public final class CgroupEntry {
    /** Of a cgroup of which nothing but its id is known. */
    static final CgroupEntry UNKNOWN = new CgroupEntry(0, null);

    final long id;
    private final @Nullable ConstantText path;
    private final @Nullable ConstantText containerId;
    private final @Nullable ConstantText podUid;
    private MutableEvent.@Nullable Container container;
    private @Nullable PodNames pod;
    private int podsState; // of the directory when it was last asked

    // Owned by Cgroups: neighbours in one of its lists, and what decides when to let go or to try again.
    CgroupEntry previous = this;
    CgroupEntry next = this;
    boolean removed;
    long removedAtBootNs;
    int attempts;
    long retryAtBootNs;

    CgroupEntry(long id, @Nullable String path) {
        this.id = id;
        this.path = path == null ? null : ConstantText.of(path);
        Optional<ContainerIdentity> identity = Optional.ofNullable(path).map(ContainerPaths::parse);
        this.containerId = identity.flatMap(ContainerIdentity::containerId)
                .map(ConstantText::of)
                .orElse(null);
        this.podUid = identity.flatMap(ContainerIdentity::podUid)
                .map(ConstantText::of)
                .orElse(null);
        this.container = this.path == null ? null : container(id, this.path, null);
    }

    private static MutableEvent.Container container(long id, ConstantText path, @Nullable PodNames pod) {
        ContainerIdentity identity = ContainerPaths.parse(path.toString());
        MutableEvent.Container container = new MutableEvent.Container().begin();
        container.cgroupId = id;
        container.cgroupPath.set(path);
        container.runtime = identity.runtime();
        identity.containerId().map(ConstantText::of).ifPresent(container.containerId::set);
        identity.podUid().map(ConstantText::of).ifPresent(container.podUid::set);
        container.qosClass = identity.qosClass();
        if (pod != null) {
            fill(container, pod);
        }
        return container.freeze();
    }

    private static void fill(MutableEvent.Container container, PodNames pod) {
        container.podNamespace.set(pod.namespace());
        container.podName.set(pod.pod());
        ConstantText name = pod.container();
        if (name != null) {
            container.containerName.set(name);
        }
        if (pod.labelCount() > 0) {
            container.podLabels.begin();
            for (int i = 0; i < pod.labelCount(); i++) {
                container.podLabels.put(pod.label(i).key(), pod.label(i).value());
            }
        }
    }

    /** Takes over what the directory knows by now; what was known once stays. Allocates only when names change. */
    void refreshPod(PodDirectory directory) {
        int state = directory.state();
        if (state == podsState) {
            return;
        }
        podsState = state;
        if (path == null || (containerId == null && podUid == null)) {
            return;
        }
        PodNames found = directory.find(containerId, podUid);
        if (found != null && found != pod) {
            pod = found;
            container = container(id, path, found);
        }
    }

    /** Path below the hierarchy's root, beginning with a slash; null if not known. */
    public @Nullable ConstantText path() {
        return path;
    }

    /** Whether it is a container's, as far as its path shows. */
    public boolean isContainer() {
        return containerId != null;
    }

    /** What events say of it, frozen, names of the pod as known by now; null if the path is not known. */
    public MutableEvent.@Nullable Container container() {
        return container;
    }
}
