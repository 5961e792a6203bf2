// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.agent.identity.PodDirectory;
import io.processsignals.agent.identity.PodNames;
import io.processsignals.common.codec.ConstantText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFolderNamesTest {
    private static final String ID = "0123456789abcdef".repeat(4);
    private static final String FILE = "api-7d9.v2_payments_side-car-" + ID + ".log";

    private final PodDirectory directory = new PodDirectory(10, 10);

    @TempDir
    private Path folder;

    @Test
    void readsPodNamespaceAndContainerFromLinksThatLeadNowhereHere() throws Exception {
        Files.createSymbolicLink(folder.resolve(FILE), Path.of("/var/log/pods/not/mounted/0.log"));
        Files.createFile(folder.resolve("other.log"));
        read();

        PodNames names = directory.find(ConstantText.of(ID), null);
        assertThat(names.pod()).hasToString("api-7d9.v2");
        assertThat(names.namespace()).hasToString("payments");
        assertThat(names.container()).hasToString("side-car");
        assertThat(names.labelCount()).isZero();
        assertThat(directory.size()).isEqualTo(1);
    }

    @Test
    void remembersAContainerWhoseLogIsGone() throws Exception {
        LogFolderNames names = new LogFolderNames(folder, directory);
        Files.createFile(folder.resolve(FILE));
        names.read();
        Files.delete(folder.resolve(FILE));
        names.read();
        assertThat(directory.find(ConstantText.of(ID), null)).isNotNull();
    }

    @Test
    void leavesWhatTheApiSaid() throws Exception {
        PodNames fromApi =
                PodNames.ofPod("payments", "api", Map.of("app", "api")).container("x");
        directory.learn(ID, fromApi);
        Files.createFile(folder.resolve(FILE));
        read();
        assertThat(directory.find(ConstantText.of(ID), null)).isSameAs(fromApi);
    }

    @Test
    void failsWithoutTheFolder() {
        LogFolderNames names = new LogFolderNames(folder.resolve("none"), directory);
        assertThatThrownBy(names::read).isInstanceOf(IOException.class);
    }

    private void read() throws IOException {
        new LogFolderNames(folder, directory).read();
    }
}
