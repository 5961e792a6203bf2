// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolRemovalTest {
    @TempDir
    private Path folder;

    private Path spool;

    @BeforeEach
    void fill() throws Exception {
        spool = Files.createDirectory(
                folder.resolve("spool"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(spool.resolve("0000000001.seg"), "x");
        Files.writeString(spool.resolve("checkpoint"), "x");
    }

    @Test
    void goesWithAllThatItHolds() throws Exception {
        Spool.remove(spool);

        assertThat(spool).doesNotExist();
        Spool.remove(spool);
    }

    @Test
    void folderThatIsNoSpoolStays() throws Exception {
        Files.writeString(spool.resolve("thesis.tex"), "x");

        assertThatThrownBy(() -> Spool.remove(spool))
                .isInstanceOf(SpoolException.class)
                .hasMessageContaining("thesis.tex");
        assertThat(spool.resolve("0000000001.seg")).exists();
    }

    @Test
    void spoolInUseStays() throws Exception {
        SpoolLock lock = SpoolLock.acquire(SpoolDirectory.forWriting(spool));
        try {
            assertThatThrownBy(() -> Spool.remove(spool))
                    .isInstanceOf(SpoolException.class)
                    .hasMessageContaining("in use");
            assertThat(spool.resolve("0000000001.seg")).exists();
        } finally {
            lock.abandon();
        }
    }
}
