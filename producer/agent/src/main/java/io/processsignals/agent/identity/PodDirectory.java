// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ConstantText;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Names of pods and containers by container id and pod UID. Sources write to it on their own threads whenever they
 * learn something; {@link #find} never waits for them and allocates nothing.
 *
 * <p>What was retired is still found, because the last events of a pod may come after its deletion; what was retired
 * longest ago goes first. Nothing live is ever pushed out: beyond the bound, new names are refused.
 */
public final class PodDirectory {
    /** Numbers the states of all directories. */
    private static final AtomicInteger STATES = new AtomicInteger();

    private final int maxNames;
    private final int maxRetired;
    private final Map<String, PodNames> names = new ConcurrentHashMap<>();
    private final Set<String> retired = new LinkedHashSet<>(); // oldest first; guarded by this
    private volatile int state = STATES.incrementAndGet();

    /**
     * @param maxNames most ids known at a time, retired ones included
     * @param maxRetired most retired ids kept
     */
    public PodDirectory(int maxNames, int maxRetired) {
        this.maxNames = maxNames;
        this.maxRetired = maxRetired;
    }

    /**
     * Names of a container, or at least of its pod.
     *
     * @return null if neither is known
     */
    public @Nullable PodNames find(@Nullable ConstantText containerId, @Nullable ConstantText podUid) {
        PodNames found = containerId == null ? null : names.get(containerId.toString());
        return found != null || podUid == null ? found : names.get(podUid.toString());
    }

    /**
     * Another number, never 0, for every state of every directory: {@link #find} answers as it did while it is the
     * same.
     */
    int state() {
        return state;
    }

    /**
     * Takes in what an id stands for; it is live from now on.
     *
     * @param id container id or pod UID, as in cgroup paths
     */
    public synchronized void learn(String id, PodNames value) {
        retired.remove(id);
        if (!names.containsKey(id) && names.size() >= maxNames && !forgetOldest()) {
            return;
        }
        names.put(id, value);
        state = STATES.incrementAndGet();
    }

    /** As {@link #learn}, unless the id is known already. */
    public synchronized void learnIfAbsent(String id, PodNames value) {
        if (!names.containsKey(id)) {
            learn(id, value);
        }
    }

    /** The pod or container is gone; it is remembered for as long as there is room. */
    public synchronized void retire(String id) {
        if (names.containsKey(id)) {
            retired.add(id);
            while (retired.size() > maxRetired) {
                forgetOldest();
            }
        }
    }

    /** Ids known, retired ones included. */
    public int size() {
        return names.size();
    }

    private boolean forgetOldest() {
        Iterator<String> oldest = retired.iterator();
        if (!oldest.hasNext()) {
            return false;
        }
        names.remove(oldest.next());
        state = STATES.incrementAndGet();
        oldest.remove();
        return true;
    }
}
