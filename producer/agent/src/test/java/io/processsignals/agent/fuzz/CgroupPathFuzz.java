// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.processsignals.agent.identity.ContainerIdentity;
import io.processsignals.agent.identity.ContainerPaths;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The path of a cgroup, which anybody who may make cgroups chooses: nothing is thrown, ids are what they look like. */
public final class CgroupPathFuzz {
    private static final Predicate<String> CONTAINER_ID =
            Pattern.compile("[0-9a-f]{64}").asMatchPredicate();
    private static final Predicate<String> POD_UID =
            Pattern.compile("[0-9a-f-]{32,36}").asMatchPredicate();

    private CgroupPathFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        check(new String(input, ISO_8859_1));
        check(new String(input, UTF_8));
    }

    private static void check(String path) {
        ContainerIdentity identity = ContainerPaths.parse(path);
        identity.containerId().ifPresent(id -> require(CONTAINER_ID.test(id) && path.contains(id), id));
        identity.podUid().ifPresent(uid -> require(POD_UID.test(uid), uid));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("no id: " + what);
        }
    }
}
