// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.common.codec.MutableEvent;
import org.jspecify.annotations.Nullable;

/** What is known of one cgroup, ready to be put into an event. */
public final class CgroupEntry {
    /** Of a cgroup of which nothing but its id is known. */
    static final CgroupEntry UNKNOWN = new CgroupEntry(0, null);

    final long id;
    private final @Nullable ConstantText path;
    private final MutableEvent.@Nullable Container container;

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
        this.container = this.path == null ? null : container(id, this.path);
    }

    private static MutableEvent.Container container(long id, ConstantText path) {
        ContainerIdentity identity = ContainerPaths.parse(path.toString());
        MutableEvent.Container container = new MutableEvent.Container().begin();
        container.cgroupId = id;
        container.cgroupPath.set(path);
        container.runtime = identity.runtime();
        identity.containerId().map(ConstantText::of).ifPresent(container.containerId::set);
        identity.podUid().map(ConstantText::of).ifPresent(container.podUid::set);
        container.qosClass = identity.qosClass();
        return container.freeze();
    }

    /** Path below the hierarchy's root, beginning with a slash; null if not known. */
    public @Nullable ConstantText path() {
        return path;
    }

    /** Whether it is a container's, as far as its path shows. */
    public boolean isContainer() {
        return container != null && container.containerId.isPresent();
    }

    /** What events say of it, frozen; null if the path is not known. */
    public MutableEvent.@Nullable Container container() {
        return container;
    }
}
