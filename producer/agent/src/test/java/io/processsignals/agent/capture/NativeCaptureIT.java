// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.processsignals.agent.raw.ExitRecordFlyweight;
import io.processsignals.agent.raw.RawHook;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.raw.RecordType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JNI binding on the running kernel. Needs root and BTF. */
class NativeCaptureIT {
    private static final long ALL_SIGNALS = ~(1L << 16);

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.nativeOrder());
    private NativeCapture capture;

    @BeforeEach
    void open() throws CaptureException {
        capture = NativeCapture.open(new CaptureOptions(1 << 20, ALL_SIGNALS, 1024, true));
        capture.attach();
    }

    @AfterEach
    void close() {
        capture.close();
    }

    @Test
    void everyMandatoryHookIsAttached() {
        assertThat(capture.hooks()).filteredOn(HookStatus::mandatory).hasSize(6).allMatch(HookStatus::attached);
        assertThat(capture.hooks())
                .filteredOn(hook -> !hook.attached())
                .allMatch(hook -> !hook.reason().isEmpty());
    }

    @Test
    void aRealExitIsReadTwiceUntilItIsReleased() throws Exception {
        long tgid = runAndExit(7);

        int first = capture.poll(buffer, 0);
        List<Integer> statuses = exitStatuses(first, tgid);
        int second = capture.poll(buffer, 0);
        List<Integer> again = exitStatuses(second, tgid);
        capture.release();
        int third = capture.poll(buffer, 0);

        assertThat(statuses).containsExactly(7 << 8);
        assertThat(again).isEqualTo(statuses);
        assertThat(second).isGreaterThanOrEqualTo(first);
        assertThat(exitStatuses(third, tgid)).isEmpty();
    }

    @Test
    void countersKnowTheLastSequence() throws Exception {
        HookCounters counters = new HookCounters(capture.cpus());
        runAndExit(0);

        capture.readCounters(counters);

        long exits = 0;
        for (int cpu = 0; cpu < capture.cpus(); cpu++) {
            exits += counters.get(RawHook.PROCESS_EXIT, cpu).sequence();
            assertThat(counters.get(RawHook.PROCESS_EXIT, cpu).lost()).isZero();
        }
        assertThat(exits).isPositive();
        assertThat(counters.skippedRuns(RawHook.PROCESS_EXIT)).isZero();
        assertThat(capture.captureId()).isPositive();
    }

    @Test
    void theTaskIteratorShowsThisProcessOnce() throws CaptureException {
        Set<Integer> tgids = new HashSet<>();
        int bytes;
        while ((bytes = capture.readRunning(buffer)) > 0) {
            for (int at = 0; at < bytes; at += buffer.getInt(at)) {
                assertThat(tgids.add(buffer.getInt(at + RecordHeaderFlyweight.HEADER_LENGTH)))
                        .isTrue();
            }
        }
        assertThat(tgids).contains((int) ProcessHandle.current().pid());
    }

    @Test
    void aLimitedCgroupIsCounted() throws Exception {
        ByteBuffer buckets = ByteBuffer.allocateDirect(4096 * 56).order(ByteOrder.nativeOrder());
        try (NativeCapture limited = NativeCapture.open(
                new CaptureOptions(1 << 20, ALL_SIGNALS, 0, false, new CaptureOptions.RateLimit(1, 2), null))) {
            limited.attach();
            for (int i = 0; i < 20; i++) {
                runAndExit(0);
            }
            int count = limited.readSuppressed(buckets);

            assertThat(count).isPositive();
            long cgroup = buckets.getLong(0);
            assertThat(limited.forgetCgroup(cgroup, buckets)).isTrue();
            assertThat(limited.forgetCgroup(cgroup, buckets)).isFalse();
            assertThat(limited.isAdopted()).isFalse();
        }
    }

    @Test
    void aPinFolderOutsideBpffsIsExplained(@TempDir Path folder) throws CaptureException {
        CaptureOptions pinned = new CaptureOptions(
                1 << 20, ALL_SIGNALS, 0, false, CaptureOptions.RateLimit.NONE, new CaptureOptions.Pinning(folder, 0));
        try (NativeCapture refused = NativeCapture.open(pinned)) {
            assertThatThrownBy(refused::attach)
                    .isInstanceOf(CaptureException.class)
                    .hasMessageContaining("bpf file system");
        }
    }

    @Test
    void clocksAgreeWithTheJvm() throws CaptureException {
        long[] pair = new long[2];
        long before = System.currentTimeMillis();
        NativeCapture.readClocks(pair);
        long after = System.currentTimeMillis();

        assertThat(pair[0]).isPositive();
        assertThat(pair[1] / 1_000_000).isBetween(before - 1, after + 1);
    }

    @Test
    void aBufferThatHoldsNoRecordIsRefused() {
        assertThatThrownBy(() -> capture.poll(ByteBuffer.allocateDirect(64), 0))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("errno 22");
    }

    @Test
    void anOddRingSizeIsExplained() {
        assertThatThrownBy(() -> NativeCapture.open(new CaptureOptions(1024, ALL_SIGNALS, 0, true)))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("at least one page");
    }

    @Test
    void aClosedCaptureIsRefusedAndClosedOnlyOnce() {
        capture.close();
        capture.close();

        assertThatThrownBy(capture::captureId).isInstanceOf(IllegalStateException.class);
    }

    private static long runAndExit(int code) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", "exit " + code).start();
        assertThat(process.waitFor()).isEqualTo(code);
        return process.pid();
    }

    private List<Integer> exitStatuses(int bytes, long tgid) {
        List<Integer> statuses = new ArrayList<>();
        for (int at = 0; at < bytes; at += buffer.getInt(at)) {
            if (buffer.get(at + RecordHeaderFlyweight.TYPE_FIELD_OFFSET) == RecordType.EXIT
                    && buffer.getInt(at + RecordHeaderFlyweight.HEADER_LENGTH) == tgid) {
                statuses.add(buffer.getInt(at + ExitRecordFlyweight.WAIT_STATUS_FIELD_OFFSET));
            }
        }
        return statuses;
    }
}
