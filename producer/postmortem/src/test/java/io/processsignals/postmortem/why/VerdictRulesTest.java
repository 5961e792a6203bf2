// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import static io.processsignals.postmortem.why.Story.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.EventType;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.SignalOrigin;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerdictRulesTest {
    private static final int VICTIM = 42;

    private final Story story = new Story();

    @Test
    void ownLimit() {
        Finding finding = story.oom(VICTIM, OomConstraint.MEMCG, 77L, process(VICTIM, "java"))
                .finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.OOM_MEMCG_SELF);
        assertThat(finding.confidence()).isEqualTo(Confidence.HIGH);
        assertThat(finding.summary()).contains("limit 64.0 MiB");
    }

    @Test
    void limitOfAnAncestor() {
        assertThat(story.oom(VICTIM, OomConstraint.MEMCG, 5L, process(VICTIM, "java"))
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.OOM_MEMCG_ANCESTOR);
    }

    @Test
    void limitOfAnAncestorFollowsFromTheTriggersCgroup() {
        var trigger = process(99, "other");
        trigger.setContainer(Story.container(Story.POD_CGROUP + "/other", 78));

        assertThat(story.oom(VICTIM, OomConstraint.MEMCG, null, trigger)
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.OOM_MEMCG_ANCESTOR);
    }

    @Test
    void aTriggerInTheRootCgroupTellsNothing() {
        assertThat(story.oom(VICTIM, OomConstraint.MEMCG, null, process(99, "vhost-7"))
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void doesNotGuessWhoseLimit() {
        var trigger = process(99, "other");
        trigger.setContainer(Story.container(Story.CGROUP, 77));
        Finding finding = story.oom(VICTIM, OomConstraint.MEMCG, null, trigger).finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(finding.candidates()).containsExactlyInAnyOrder(Verdict.OOM_MEMCG_SELF, Verdict.OOM_MEMCG_ANCESTOR);
        assertThat(finding.summary()).startsWith("out of memory");
    }

    @Test
    void aLimitThatTheKernelDoesNotNameIsNoLoss() {
        for (OomConstraint constraint : List.of(OomConstraint.MEMCG, OomConstraint.UNKNOWN)) {
            Story flooded = new Story();
            Finding finding = flooded.lost(Hook.OOM_MARK_VICTIM, 3)
                    .oom(VICTIM, constraint, null, process(VICTIM, "java"))
                    .lost(Hook.SIGNAL_GENERATE, 1_000)
                    .finding(VICTIM);

            assertThat(finding.verdict()).as("%s", constraint).isEqualTo(Verdict.UNKNOWN);
            assertThat(finding.confidence()).isEqualTo(Confidence.NONE);
            assertThat(finding.candidates()).contains(Verdict.OOM_MEMCG_SELF, Verdict.OOM_MEMCG_ANCESTOR);
            assertThat(finding.summary()).startsWith("out of memory");
            assertThat(finding.limits()).anyMatch(limit -> limit.contains("1003 events are missing"));
        }
    }

    @Test
    void withoutTheOomKillersOwnEventTheLimitIsLostOrNotTold() {
        story.oom(VICTIM, OomConstraint.MEMCG, 77L, process(VICTIM, "java"))
                .without(event -> event.getEventType() == EventType.OOM_KILL);
        Finding notTold = story.lost(Hook.PROCESS_EXEC, 1).finding(VICTIM);
        Finding lost = story.lost(Hook.OOM_MARK_VICTIM, 1).finding(VICTIM);

        assertThat(notTold.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(lost.verdict()).isEqualTo(Verdict.UNKNOWN_LOSS);
        assertThat(lost.candidates())
                .containsExactlyInAnyOrder(Verdict.OOM_MEMCG_SELF, Verdict.OOM_MEMCG_ANCESTOR, Verdict.OOM_GLOBAL);
        assertThat(lost.limits()).anyMatch(limit -> limit.contains("OOM killer's own event was not read"));
    }

    @Test
    void wholeNode() {
        assertThat(story.oom(VICTIM, OomConstraint.GLOBAL, null, process(3, "x"))
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.OOM_GLOBAL);
    }

    @Test
    void containerRuntime() {
        Finding finding = story.signal(VICTIM, 15, SignalOrigin.USER, process(8121, "runc"), null, false, false)
                .sent(VICTIM, 9, process(8140, "runc"))
                .finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.RUNTIME_STOP);
        assertThat(finding.evidence()).hasSize(2);
        assertThat(finding.limits()).anyMatch(limit -> limit.contains("failed probe"));
    }

    @Test
    void stoppedInGoodTime() {
        Finding finding = story.signal(VICTIM, 15, SignalOrigin.USER, process(8121, "runc"), null, false, false)
                .exit(VICTIM, 143)
                .finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.RUNTIME_STOP);
        assertThat(finding.confidence()).isEqualTo(Confidence.MEDIUM);
    }

    @Test
    void aNameInsideTheContainerIsNoRuntime() {
        var impostor = process(8140, "runc");
        impostor.setContainer(Story.container(Story.CGROUP, 77));

        assertThat(story.sent(VICTIM, 9, impostor).finding(VICTIM).verdict()).isEqualTo(Verdict.USER_KILL);
    }

    @Test
    void anotherProcess() {
        Finding finding = story.sent(VICTIM, 9, process(500, "bash")).finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.USER_KILL);
        assertThat(finding.confidence()).isEqualTo(Confidence.HIGH);
        assertThat(finding.summary()).contains("SIGKILL by bash(500)");
    }

    @Test
    void itsParent() {
        assertThat(story.sent(VICTIM, 15, process(10, "sh")).finding(VICTIM).verdict())
                .isEqualTo(Verdict.PARENT_KILL);
    }

    @Test
    void itsParentsDeath() {
        assertThat(story.killed(VICTIM, 9, SignalOrigin.PARENT_DEATH, null, process(10, "sh"), false)
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.PARENT_KILL);
    }

    @Test
    void itsNamespace() {
        assertThat(story.killed(VICTIM, 9, SignalOrigin.PIDNS_TEARDOWN, null, process(11, "init"), false)
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.PIDNS_TEARDOWN);
    }

    @Test
    void itself() {
        for (Map.Entry<Integer, Verdict> each :
                Map.of(6, Verdict.SELF_FAULT, 15, Verdict.SELF_EXIT).entrySet()) {
            assertThat(new Story()
                            .sent(VICTIM, each.getKey(), process(VICTIM, "java"))
                            .finding(VICTIM)
                            .verdict())
                    .isEqualTo(each.getValue());
        }
        for (SignalOrigin origin : List.of(SignalOrigin.FAULT, SignalOrigin.TIMER, SignalOrigin.IO)) {
            assertThat(new Story()
                            .killed(VICTIM, 11, origin, null, null, false)
                            .finding(VICTIM)
                            .verdict())
                    .isEqualTo(Verdict.SELF_FAULT);
        }
    }

    @Test
    void code137IsNoSignal() {
        Finding finding = story.exit(VICTIM, 137).finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.SELF_EXIT);
        assertThat(finding.evidence()).anyMatch(fact -> fact.text().contains("not a signal"));
    }

    @Test
    void aKillByTheKernelWithoutEvidenceIsNoOom() {
        assertThat(story.killed(VICTIM, 9, SignalOrigin.KERNEL, null, null, false)
                        .finding(VICTIM)
                        .verdict())
                .isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void aSignalThatNobodySawSent() {
        story.exec(VICTIM);
        story.add(story.event(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, VICTIM)
                .setExitInfo(ExitInfo.newBuilder()
                        .setWaitStatus(9)
                        .setCode(137)
                        .setSignal(9)
                        .setSignalName("SIGKILL")
                        .build()));

        assertThat(story.finding(VICTIM).verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void aLossThatCouldNotHaveToldIsNoExcuse() {
        story.killed(VICTIM, 9, SignalOrigin.KERNEL, null, null, false);
        assertThat(story.lost(Hook.PROCESS_EXEC, 5).finding(VICTIM).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(story.lost(Hook.UNKNOWN, 5).finding(VICTIM).verdict()).isEqualTo(Verdict.UNKNOWN_LOSS);
    }

    @Test
    void lossLowersConfidenceAndIsSaid() {
        Finding finding = story.exec(VICTIM)
                .exec(1000)
                .exec(1001)
                .sent(VICTIM, 9, process(500, "bash"))
                .without(event -> event.getTgid() == 1000)
                .finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.USER_KILL);
        assertThat(finding.confidence()).isEqualTo(Confidence.MEDIUM);
        assertThat(finding.limits()).anyMatch(limit -> limit.contains("1 event is missing"));
    }

    @Test
    void withoutTheSignalAParentThatMayHaveBeenIsNotRuledOut() {
        Finding finding = story.exec(1000)
                .sent(VICTIM, 9, process(500, "bash"))
                .exec(1001)
                .without(event -> event.getEventType() == EventType.SIGNAL_SENT)
                .finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.UNKNOWN_LOSS);
        assertThat(finding.candidates()).containsExactlyInAnyOrder(Verdict.USER_KILL, Verdict.PARENT_KILL);
    }

    @Test
    void withoutTheExitASigkillIsStillEnough() {
        Finding finding = story.exec(1000)
                .sent(VICTIM, 9, process(500, "bash"))
                .exec(1001)
                .without(event -> event.getEventType() == EventType.PROCESS_EXIT)
                .finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.USER_KILL);
        assertThat(finding.confidence()).isEqualTo(Confidence.LOW);
    }

    @Test
    void withoutTheExitASigtermIsNoDeath() {
        story.sent(VICTIM, 15, process(500, "bash")).without(event -> event.getEventType() == EventType.PROCESS_EXIT);

        assertThat(story.incident().deaths()).isEmpty();
    }

    @Test
    void accountsThatDifferAreNotBelieved() {
        story.sent(VICTIM, 9, process(500, "bash"));
        story.records().get(0).event().setSender(process(501, "zsh"));
        Finding finding = story.finding(VICTIM);

        assertThat(finding.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(finding.contradictions()).isNotEmpty();
    }

    @Test
    void anotherProcessOfTheSamePidIsAnotherProcess() {
        story.sent(VICTIM, 9, process(500, "bash"));
        story.add(story.event(EventType.PROCESS_EXIT, Hook.PROCESS_EXIT, VICTIM)
                .setStartTime(4_000_000)
                .setExitInfo(ExitInfo.newBuilder().build()));

        assertThat(story.incident().deaths()).hasSize(2);
        assertThat(story.finding(VICTIM).verdict()).isEqualTo(Verdict.USER_KILL);
    }
}
