// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which folders are refused, each with one line that says what to do. */
class SpoolDirectoryTest {
    private final RecordingMonitor monitor = new RecordingMonitor();

    @TempDir
    private Path folder;

    @Test
    void createsMissingFolders() throws Exception {
        Path deep = folder.resolve("a/b/spool");
        open(deep).close();
        assertThat(permissions(deep)).isEqualTo("rwx------");
    }

    @Test
    void createsItsFolderBelowOneThatOthersMayRead() throws Exception {
        Path mount = createFolder("mount", "rwxr-xr-x"); // as kubelet makes a hostPath
        Path spool = mount.resolve("spool");
        open(spool).close();
        assertThat(permissions(spool)).isEqualTo("rwx------");
        assertThat(permissions(mount)).isEqualTo("rwxr-xr-x");
    }

    @Test
    void takesAnEmptyFolderThatOthersMayReadForItself() throws Exception {
        Path spool = createFolder("spool", "rwxr-xr-x");
        open(spool).close();
        assertThat(permissions(spool)).isEqualTo("rwx------");
    }

    @Test
    void refusesFolderWithContentThatOthersMayRead() throws Exception {
        Path spool = createFolder("spool", "rwxr-xr-x");
        Files.writeString(spool.resolve("theirs"), "");
        assertRefused(spool, "chmod 700");
        assertThat(permissions(spool)).isEqualTo("rwxr-xr-x");
    }

    @Test
    void refusesEmptyFolderThatOthersMayWriteTo() throws Exception {
        assertRefused(createFolder("group", "rwxrwx---"), "chmod 700");
        assertRefused(createFolder("others", "rwxr-xrwx"), "chmod 700");
    }

    @Test
    void everyFileIsItsOwnersAlone() throws Exception {
        Path spool = folder.resolve("spool");
        try (Spool open = open(spool)) {
            open.append(TestEvents.event(1));
            open.commit();
            try (Stream<Path> files = Files.list(spool)) {
                assertThat(files)
                        .isNotEmpty()
                        .allMatch(file -> permissions(file).equals("rw-------"));
            }
        }
        try (Stream<Path> files = Files.list(spool)) {
            assertThat(files)
                    .extracting(file -> file.getFileName().toString())
                    .contains("lock", "checkpoint", "0000000001.seg");
        }
        try (Stream<Path> files = Files.list(spool)) {
            assertThat(files).allMatch(file -> permissions(file).equals("rw-------"));
        }
    }

    @Test
    void refusesFolderThatCannotBeWrittenTo() throws Exception {
        Path spool = createFolder("spool", "r-x------");
        assertRefused(spool, "chmod 700");
    }

    @Test
    void refusesFolderOfAnotherUser() throws Exception {
        Path spool = createFolder("spool", "rwx------");
        assumeRoot();
        Files.setAttribute(spool, "unix:uid", 65534);
        assertRefused(spool, "belongs to user");
    }

    @Test
    void refusesPlaceWhereEveryoneMayPutAnotherFolder() throws Exception {
        Path open = createFolder("open", "rwxrwxrwx");
        createFolder("open/spool", "rwx------");
        assertRefused(open.resolve("spool"), "chmod o-w " + open);
    }

    @Test
    void refusesLinkAsFolder() throws Exception {
        Path real = createFolder("real", "rwx------");
        Path link = Files.createSymbolicLink(folder.resolve("spool"), real);
        assertRefused(link, "symbolic link");
    }

    @Test
    void refusesLinkOnTheWay() throws Exception {
        createFolder("real", "rwx------");
        createFolder("real/spool", "rwx------");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("real"));
        assertRefused(link.resolve("spool"), "symbolic link " + link);
    }

    @Test
    void refusesLinksForFiles() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "untouched");
        for (String name : List.of("0000000001.seg", "checkpoint", "checkpoint.tmp", "lock", "0000000009.seg")) {
            Path spool = createFolder("spool-" + name, "rwx------");
            Files.createSymbolicLink(spool.resolve(name), secret);
            assertRefused(spool, "link");
            assertThat(secret).hasContent("untouched");
        }
    }

    @Test
    void refusesFile() throws Exception {
        Path file = Files.writeString(folder.resolve("spool"), "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        assertRefused(file, "not a folder");
    }

    @Test
    void refusesSecondSpoolInTheSameProcess() throws Exception {
        Path spool = folder.resolve("spool");
        try (Spool first = open(spool)) {
            assertRefused(spool, "in use by process " + ProcessHandle.current().pid());
            assertThat(first.append(TestEvents.event(1))).isTrue();
        }
        open(spool).close();
    }

    @Test
    void refusesSecondProcess() throws Exception {
        Path spool = folder.resolve("spool");
        try (Spool first = open(spool)) {
            Process second = SpoolWriter.start(spool, 0);
            String output = new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(second.waitFor()).isEqualTo(3);
            assertThat(output.lines())
                    .singleElement()
                    .asString()
                    .contains("in use by process " + ProcessHandle.current().pid());
            assertThat(first.append(TestEvents.event(1))).isTrue();
        }
    }

    @Test
    void lockOfADeadProcessIsNoObstacle() throws Exception {
        Path spool = folder.resolve("spool");
        Process process = SpoolWriter.start(spool, 0);
        assertThat(process.getInputStream().read()).isPositive();
        assertRefused(spool, "in use by process " + process.pid());
        process.destroyForcibly().waitFor();
        assertThat(monitor.unclosed).isEmpty();
        open(spool).close();
        assertThat(monitor.unclosed).containsExactly(Long.toString(process.pid()));
        open(spool).close();
        assertThat(monitor.unclosed).as("closed in order since").hasSize(1);
    }

    @Test
    void removesUnfinishedFiles() throws Exception {
        Path spool = createFolder("spool", "rwx------");
        Path unfinished = Files.writeString(spool.resolve("0000000001.seg.tmp"), "half");
        open(spool).close();
        assertThat(Files.exists(unfinished, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void otherFilesAreLeftAlone() throws Exception {
        Path spool = createFolder("spool", "rwx------");
        Path note = Files.writeString(spool.resolve("note.txt"), "mine");
        open(spool).close();
        assertThat(note).hasContent("mine");
    }

    private void assertRefused(Path spool, String message) {
        assertThatThrownBy(() -> open(spool))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(spool.toString())
                .hasMessageNotContaining("\n");
    }

    private Path createFolder(String name, String permissions) throws IOException {
        Path created = Files.createDirectory(folder.resolve(name));
        Files.setPosixFilePermissions(created, PosixFilePermissions.fromString(permissions));
        return created;
    }

    private static String permissions(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assumeRoot() throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "giving a folder to another user needs root (CAP_CHOWN)");
    }

    private Spool open(Path spool) throws SpoolException {
        return Spool.open(SpoolOptions.of(spool), TestEvents.SCHEMA, monitor, monitor);
    }
}
