// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static io.processsignals.postmortem.why.Story.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.OomConstraint;
import io.processsignals.events.SignalOrigin;
import java.util.List;
import org.junit.jupiter.api.Test;

class CascadeTest {
    private final Story story = new Story();

    private List<Cascade> cascades() {
        return Cascade.of(story.incident());
    }

    @Test
    void theEndOfInitTakesItsNamespaceAlong() {
        story.sent(11, 9, process(500, "bash"));
        story.killed(12, 9, SignalOrigin.PIDNS_TEARDOWN, null, process(11, "init"), false);
        story.killed(13, 9, SignalOrigin.PARENT_DEATH, null, process(12, "sh"), false);

        assertThat(cascades()).hasSize(1);
        Cascade top = cascades().get(0);
        assertThat(top.finding().verdict()).isEqualTo(Verdict.USER_KILL);
        assertThat(top.size()).isEqualTo(3);
        assertThat(top.consequences().get(0).relation()).contains("init");
        assertThat(top.consequences().get(0).consequences().get(0).relation()).contains("parent");
    }

    @Test
    void victimsOfOneOomKillAreOneIncident() {
        for (int tgid : new int[] {21, 22, 23}) {
            story.oom(tgid, OomConstraint.MEMCG, 77L, process(23, "java"));
        }

        assertThat(cascades()).hasSize(1);
        assertThat(cascades().get(0).size()).isEqualTo(3);
    }

    @Test
    void oneSendersKillsAtOneTimeAreOneIncident() {
        story.sent(31, 15, process(500, "bash")).sent(32, 15, process(500, "bash"));
        story.sent(33, 15, process(501, "bash"));

        assertThat(cascades()).extracting(Cascade::size).containsExactly(2, 1);
    }

    @Test
    void eventsThatContradictEachOtherDoNotLoop() {
        story.killed(41, 9, SignalOrigin.PARENT_DEATH, null, process(42, "a"), false);
        story.killed(42, 9, SignalOrigin.PARENT_DEATH, null, process(41, "b"), false);

        assertThat(cascades()).hasSize(1);
        assertThat(cascades().get(0).size()).isEqualTo(2);
    }
}
