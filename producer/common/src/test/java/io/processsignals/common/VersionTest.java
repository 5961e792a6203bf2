// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VersionTest {
    @Test
    void numberIsThatOfTheBuild() {
        assertThat(Version.number()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    }

    @Test
    void textHoldsNumberAndCommit() {
        assertThat(Version.text()).startsWith(Version.number()).contains(Version.commit());
    }

    @Test
    void aCommitWithLocalChangesIsMarked() {
        assertThat(Version.commit("1f4b86f", "false")).isEqualTo("1f4b86f");
        assertThat(Version.commit("1f4b86f", "true")).isEqualTo("1f4b86f-dirty");
    }

    @Test
    void withoutHistoryThereIsNoCommit() {
        assertThat(Version.commit("${git.commit.id.abbrev}", "${git.dirty}")).isEmpty();
    }
}
