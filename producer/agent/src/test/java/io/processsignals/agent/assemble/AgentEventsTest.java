// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import io.processsignals.events.LostInfo;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SuppressedInfo;
import io.processsignals.events.ThrottleInfo;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AgentEventsTest {
    private final Fixture fixture = new Fixture();
    private final AgentEvents events = new AgentEvents(fixture.node, fixture.clock, fixture.cgroups, fixture.sequence);

    @BeforeEach
    void teachCgroups() {
        fixture.assembler(ArgumentPolicy.OFF);
    }

    @Test
    void theyAreNumberedByTheAgentAndAboutNoProcess() {
        for (int i = 1; i <= 3; i++) {
            fixture.bootNs += 1_000_000_000;
            lost(0, 0);
            ProcessSignalEvent event = fixture.decode();
            assertThat(event.getHook()).isEqualTo(Hook.AGENT);
            assertThat(event.getCpu()).isEqualTo(-1);
            assertThat(event.getCaptureId()).isEqualTo(Fixture.AGENT_CAPTURE);
            assertThat(event.getSequence()).isEqualTo(i);
            assertThat(event.getBootTime()).isEqualTo(fixture.bootNs / 1_000);
            assertThat(event.getTgid()).isZero();
            assertThat(fixture.key()).isEqualTo("node-1/0");
            assertThat(fixture.out.priority).isFalse();
        }
    }

    @Test
    void lossesTellWhatIsMissing() {
        lost(5, 11);
        ProcessSignalEvent event = fixture.decode();
        assertThat(event.getEventType()).isEqualTo(EventType.EVENTS_LOST);
        LostInfo lost = event.getLostInfo();
        assertThat(lost.getCount()).isEqualTo(7);
        assertThat(lost.getLostType()).isEqualTo(EventType.PROCESS_EXIT);
        assertThat(lost.getStage()).isEqualTo(LossStage.RING);
        assertThat(lost.getLostHook()).isEqualTo(Hook.PROCESS_EXIT);
        assertThat(lost.getLostCpu()).isEqualTo(3);
        assertThat(lost.getLostCaptureId()).isEqualTo(42);
        assertThat(lost.getPriorityCount()).isEqualTo(2);
        assertThat(lost.getFirstSequence()).isEqualTo(5);
        assertThat(lost.getLastSequence()).isEqualTo(11);
        assertThat(lost.getFrom()).isEqualTo(100);
        assertThat(lost.getTo()).isEqualTo(200);

        lost(0, 0);
        assertThat(fixture.decode().getLostInfo().getFirstSequence()).isNull();
        assertThat(fixture.decode().getLostInfo().getLastSequence()).isNull();
    }

    @Test
    void suppressionNamesTheCgroup() {
        events.suppressed(new Suppression(Fixture.POD_CGROUP, EventType.PROCESS_EXEC, 9, 1, 2), fixture.out);
        ProcessSignalEvent event = fixture.decode();
        assertThat(event.getEventType()).isEqualTo(EventType.EVENTS_SUPPRESSED);
        assertThat(event.getContainer().getContainerId()).isEqualTo(Fixture.CID);
        SuppressedInfo suppressed = event.getSuppressedInfo();
        assertThat(suppressed.getCount()).isEqualTo(9);
        assertThat(suppressed.getSuppressedType()).isEqualTo(EventType.PROCESS_EXEC);
        assertThat(suppressed.getFrom()).isEqualTo(1);
        assertThat(suppressed.getTo()).isEqualTo(2);
    }

    @Test
    void throttlingTellsQuotaAndPeriodWhereThereAreSome() {
        events.throttled(
                new Throttling(
                        Fixture.POD_CGROUP, 1, 2, 100, 78, 5_000, OptionalLong.of(50_000), OptionalLong.of(100_000)),
                fixture.out);
        ProcessSignalEvent event = fixture.decode();
        assertThat(event.getEventType()).isEqualTo(EventType.CPU_THROTTLED);
        assertThat(event.getContainer().getRuntime()).isEqualTo(ContainerRuntime.CONTAINERD);
        ThrottleInfo throttle = event.getThrottleInfo();
        assertThat(throttle.getIntervalStart()).isEqualTo(1);
        assertThat(throttle.getIntervalEnd()).isEqualTo(2);
        assertThat(throttle.getPeriods()).isEqualTo(100);
        assertThat(throttle.getThrottledPeriods()).isEqualTo(78);
        assertThat(throttle.getThrottledTime()).isEqualTo(5_000);
        assertThat(throttle.getQuota()).isEqualTo(50_000);
        assertThat(throttle.getPeriod()).isEqualTo(100_000);

        events.throttled(
                new Throttling(Fixture.POD_CGROUP, 1, 2, 1, 1, 1, OptionalLong.empty(), OptionalLong.empty()),
                fixture.out);
        assertThat(fixture.decode().getThrottleInfo().getQuota()).isNull();
    }

    private void lost(long firstSequence, long lastSequence) {
        events.lost(
                LossStage.RING,
                EventType.PROCESS_EXIT,
                Hook.PROCESS_EXIT,
                3,
                42,
                7,
                2,
                firstSequence,
                lastSequence,
                100,
                200,
                fixture.out);
    }
}
