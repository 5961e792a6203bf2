// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdentityTest {
    private static final Map<String, String> KUBERNETES = Map.of(NodeIdentity.NODE_NAME_ENV, "node-7");

    @TempDir
    Path proc;

    @BeforeEach
    void writeProc() throws IOException {
        Files.createDirectories(proc.resolve("sys/kernel/random"));
        Files.writeString(proc.resolve("sys/kernel/hostname"), "host-1\n");
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), "5f7f3bc5-8e34-4b3a-9f1b-25d5f4b6f0b1\n");
    }

    @Test
    void theConfiguredNameComesFirstThenTheEnvironmentThenTheHostName() {
        assertThat(node("given", KUBERNETES)).isEqualTo("given");
        assertThat(node(" ", KUBERNETES)).isEqualTo("node-7");
        assertThat(node(null, KUBERNETES)).isEqualTo("node-7");
        assertThat(node(null, Map.of(NodeIdentity.NODE_NAME_ENV, ""))).isEqualTo("host-1");
        assertThat(node(null, Map.of())).isEqualTo("host-1");
    }

    @Test
    void theBootIdIsTheKernels() {
        assertThat(NodeIdentity.detect(null, null, Map.of(), proc).bootId().toString())
                .isEqualTo("5f7f3bc5-8e34-4b3a-9f1b-25d5f4b6f0b1");
    }

    @Test
    void theClusterIsAbsentUnlessConfigured() {
        assertThat(NodeIdentity.detect(null, null, Map.of(), proc).cluster()).isEmpty();
        assertThat(NodeIdentity.detect(null, "", Map.of(), proc).cluster()).isEmpty();
        assertThat(NodeIdentity.detect(null, "prod", Map.of(), proc).cluster())
                .map(Object::toString)
                .contains("prod");
    }

    @Test
    void withoutProcfsThereIsStillANameAndABootIdThatIsNeverTheSame() {
        Path nowhere = proc.resolve("nowhere");
        NodeIdentity one = NodeIdentity.detect(null, null, Map.of(), nowhere);
        NodeIdentity other = NodeIdentity.detect(null, null, Map.of(), nowhere);
        assertThat(one.node().toString()).isNotBlank();
        assertThat(one.bootId().toString())
                .hasSize(36)
                .isNotEqualTo(other.bootId().toString());
    }

    private String node(String configured, Map<String, String> environment) {
        return NodeIdentity.detect(configured, null, environment, proc).node().toString();
    }
}
