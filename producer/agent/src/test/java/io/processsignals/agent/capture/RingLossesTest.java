// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.agent.log.MemoryEventLog;
import io.processsignals.agent.raw.RawHook;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.LossStage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingLossesTest {
    private final ScriptedCapture source = new ScriptedCapture();
    private final List<Loss> encoded = new ArrayList<>();
    private long bootMicros = 200_000;
    private final LossReporter reporter = new LossReporter(this::encode, CaptureObserver.NONE, () -> bootMicros);
    private final RingLosses ringLosses;

    RingLossesTest() throws CaptureException {
        ringLosses = new RingLosses(source, reporter, () -> bootMicros);
    }

    @Test
    void nothingLostIsNoReport() {
        source.lost(RawHook.PROCESS_EXIT, 0, 1000, 0, 0, 0);

        assertThat(read()).isEmpty();
    }

    @Test
    void growthIsReportedOnce() {
        source.lost(RawHook.PROCESS_EXIT, 1, 1000, 7, 2, 150_000_000);
        Loss expected = new Loss(
                LossStage.RING,
                EventType.PROCESS_EXIT,
                Hook.PROCESS_EXIT,
                1,
                ScriptedCapture.CAPTURE_ID,
                7,
                2,
                0,
                0,
                ScriptedCapture.CAPTURE_ID,
                150_000);

        assertThat(read()).containsExactly(expected);
        assertThat(read()).isEmpty();

        source.lost(RawHook.PROCESS_EXIT, 1, 1010, 10, 2, 220_000_000);
        bootMicros = 230_000;
        assertThat(read()).singleElement().satisfies(loss -> {
            assertThat(loss.count()).isEqualTo(3);
            assertThat(loss.priorityCount()).isZero();
            assertThat(loss.fromMicros()).isEqualTo(200_000);
            assertThat(loss.toMicros()).isEqualTo(220_000);
        });
    }

    @Test
    void aReaderBetweenTwoIncrementsLosesNoCount() {
        source.lost(RawHook.SIGNAL_GENERATE, 0, 10, 1, 2, 150_000_000);
        assertThat(read()).singleElement().satisfies(loss -> {
            assertThat(loss.count()).isEqualTo(1);
            assertThat(loss.priorityCount()).isEqualTo(1);
        });

        source.lost(RawHook.SIGNAL_GENERATE, 0, 10, 2, 2, 150_000_000);
        assertThat(read()).singleElement().satisfies(loss -> {
            assertThat(loss.count()).isEqualTo(1);
            assertThat(loss.priorityCount()).isEqualTo(1);
        });
    }

    @Test
    void cgroupRecordsAreOfNoEventType() {
        source.lost(RawHook.CGROUP, 0, 10, 1, 0, 150_000_000);

        assertThat(read()).singleElement().satisfies(loss -> {
            assertThat(loss.type()).isEqualTo(EventType.UNKNOWN);
            assertThat(loss.hook()).isEqualTo(Hook.CGROUP);
        });
    }

    @Test
    void skippedRunsBelongToNoCpu() {
        source.skippedRuns(RawHook.SIGNAL_GENERATE, 4);

        assertThat(read()).singleElement().satisfies(loss -> {
            assertThat(loss.count()).isEqualTo(4);
            assertThat(loss.stage()).isEqualTo(LossStage.UNKNOWN);
            assertThat(loss.cpu()).isEqualTo(-1);
        });
        assertThat(read()).isEmpty();
    }

    private List<Loss> read() {
        encoded.clear();
        ringLosses.read();
        assertThat(reporter.reportTo(new MemoryEventLog(100, reporter))).isTrue();
        return List.copyOf(encoded);
    }

    private void encode(Loss loss, EncodedEvent out) {
        encoded.add(loss);
        out.type = EventType.EVENTS_LOST;
        out.hook = Hook.AGENT;
        out.keyLength = 0;
        out.valueLength = 0;
    }
}
