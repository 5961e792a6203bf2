// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** A control group that lies where a container of a Kubernetes pod does, with a memory limit; removed at the end. */
final class Pod implements AutoCloseable {
    private static final long MEMORY_BYTES = 16L << 20;

    private final List<Path> made = new ArrayList<>();
    private final Path folder;

    /** @param mount of the hierarchy that the memory controller is in */
    Pod(Path mount) throws IOException {
        boolean v1 = Files.exists(mount.resolve("memory.limit_in_bytes"));
        String uid = UUID.randomUUID().toString().replace('-', '_');
        String container = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");
        Path at = mount;
        for (String name : List.of(
                "kubepods.slice",
                "kubepods-burstable.slice",
                "kubepods-burstable-pod" + uid + ".slice",
                "cri-containerd-" + container + ".scope")) {
            if (!v1) {
                Files.writeString(at.resolve("cgroup.subtree_control"), "+memory");
            }
            at = at.resolve(name);
            if (!Files.isDirectory(at)) {
                Files.createDirectory(at);
                made.add(at);
            }
        }
        folder = at;
        Files.writeString(at.resolve(v1 ? "memory.limit_in_bytes" : "memory.max"), Long.toString(MEMORY_BYTES));
    }

    /** Runs a shell script in it to its end. */
    void run(String script) throws IOException, InterruptedException {
        String member = "echo $$ > " + folder.resolve("cgroup.procs") + "; ";
        new ProcessBuilder("sh", "-c", member + script)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Override
    public void close() throws IOException {
        Collections.reverse(made);
        for (Path one : made) {
            Files.delete(one);
        }
    }
}
