// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

/** Told of cgroups as {@link Cgroups} learns of them. Capture thread; must not wait. */
public interface CgroupListener {
    /** Listens to nothing. */
    CgroupListener NONE = new CgroupListener() {
        @Override
        public void known(long id, CgroupEntry cgroup, long createdBootNanos) {}

        @Override
        public void gone(long id) {}
    };

    /**
     * A cgroup's path has become known, perhaps again.
     *
     * @param id kernel id
     * @param cgroup with a path
     * @param createdBootNanos nanoseconds of CLOCK_BOOTTIME when it was made; 0 if it was there before
     */
    void known(long id, CgroupEntry cgroup, long createdBootNanos);

    /** It was removed, or forgotten for want of room. */
    void gone(long id);
}
