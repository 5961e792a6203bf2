// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ConstantText;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.QosClass;
import org.jspecify.annotations.Nullable;

/** What is known of one cgroup, its texts ready to be put into an event. */
public final class CgroupEntry {
    /** Of a cgroup of which nothing but its id is known. */
    static final CgroupEntry UNKNOWN = new CgroupEntry(0, null);

    final long id;
    private final @Nullable ConstantText path;
    private final ContainerRuntime runtime;
    private final @Nullable ConstantText containerId;
    private final @Nullable ConstantText podUid;
    private final QosClass qosClass;

    // Owned by Cgroups: neighbours in one of its lists, and what decides when to let go or to try again.
    CgroupEntry previous = this;
    CgroupEntry next = this;
    boolean removed;
    long removedAtBootNs;
    int attempts;
    long retryAtBootNs;

    CgroupEntry(long id, @Nullable String path) {
        this.id = id;
        ContainerIdentity identity = path == null ? ContainerIdentity.UNKNOWN : ContainerPaths.parse(path);
        this.path = path == null ? null : ConstantText.of(path);
        this.runtime = identity.runtime();
        this.containerId = identity.containerId().map(ConstantText::of).orElse(null);
        this.podUid = identity.podUid().map(ConstantText::of).orElse(null);
        this.qosClass = identity.qosClass();
    }

    /** Path below the hierarchy's root, beginning with a slash; null if not known. */
    public @Nullable ConstantText path() {
        return path;
    }

    /** Never null; UNKNOWN also if the path is not known. */
    public ContainerRuntime runtime() {
        return runtime;
    }

    /** 64 hexadecimal digits; null outside containers. */
    public @Nullable ConstantText containerId() {
        return containerId;
    }

    /** Null outside pods. */
    public @Nullable ConstantText podUid() {
        return podUid;
    }

    /** UNKNOWN outside pods. */
    public QosClass qosClass() {
        return qosClass;
    }
}
