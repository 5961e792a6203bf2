// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.processsignals.agent.raw.CauseFlyweight;
import io.processsignals.agent.raw.ExecRecordFlyweight;
import io.processsignals.agent.raw.ExitRecordFlyweight;
import io.processsignals.agent.raw.MalformedRecordException;
import io.processsignals.agent.raw.OomRecordFlyweight;
import io.processsignals.agent.raw.ProcessFlyweight;
import io.processsignals.agent.raw.RawDisposition;
import io.processsignals.agent.raw.RawOomConstraint;
import io.processsignals.agent.raw.RawOrigin;
import io.processsignals.agent.raw.RawRecord;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import io.processsignals.agent.raw.SignalRecordFlyweight;
import io.processsignals.common.signal.ExitStatus;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.OomConstraint;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.QosClass;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EventAssemblerTest {
    private static final int PROCESS = 40;
    private static final int SIGKILL = 9;

    private final Fixture fixture = new Fixture();
    private final EventAssembler assembler = fixture.assembler(ArgumentPolicy.REDACTED);

    @Test
    void identityAndTimesAreThoseOfTheRecord() throws Exception {
        ProcessSignalEvent event = event(RawRecord.exit(0)
                .header(3, 123, 50_000_001_999L, 42)
                .process(8444, 8450, 40_000_000_999L, Fixture.POD_CGROUP, "java"));
        assertThat(event.getCluster()).isEqualTo("prod");
        assertThat(event.getNode()).isEqualTo("node-1");
        assertThat(event.getBootId()).isEqualTo("boot-1");
        assertThat(event.getCaptureId()).isEqualTo(42);
        assertThat(event.getHook()).isEqualTo(Hook.PROCESS_EXIT);
        assertThat(event.getCpu()).isEqualTo(3);
        assertThat(event.getSequence()).isEqualTo(123);
        assertThat(event.getBootTime()).isEqualTo(50_000_001);
        Instant wall = Instant.ofEpochSecond(0, 50_000_001_999L + Fixture.OFFSET);
        assertThat(event.getTimestamp()).isEqualTo(wall.truncatedTo(ChronoUnit.MICROS));
        assertThat(event.getNanoAdjust()).isEqualTo((int) ((50_000_001_999L + Fixture.OFFSET) % 1000));

        assertThat(fixture.key()).isEqualTo("node-1/8444");
        assertThat(fixture.out.type).isEqualTo(EventType.PROCESS_EXIT);
        assertThat(fixture.out.hook).isEqualTo(Hook.PROCESS_EXIT);
        assertThat(fixture.out.cpu).isEqualTo(3);
        assertThat(fixture.out.captureId).isEqualTo(42);
        assertThat(fixture.out.sequence).isEqualTo(123);
        assertThat(fixture.out.bootTimeMicros).isEqualTo(50_000_001);
        assertThat(fixture.out.timestampMicros).isEqualTo(ChronoUnit.MICROS.between(Instant.EPOCH, wall));
    }

    @Test
    void theProcessIsAsTheKernelKnewIt() throws Exception {
        ProcessSignalEvent event = event(RawRecord.exit(0)
                .process(8444, 8450, 40_000_000_999L, Fixture.POD_CGROUP, "java")
                .put32(PROCESS + ProcessFlyweight.UID_FIELD_OFFSET, -1)
                .put32(PROCESS + ProcessFlyweight.GID_FIELD_OFFSET, 0x80000000));
        assertThat(event.getTgid()).isEqualTo(8444);
        assertThat(event.getPid()).isEqualTo(8450);
        assertThat(event.getPpid()).isEqualTo(8443);
        assertThat(event.getNsPid()).isEqualTo(44);
        assertThat(event.getCommand()).isEqualTo("java");
        assertThat(event.getStartTime()).isEqualTo(40_000_000);
        assertThat(event.getUid()).isEqualTo(4_294_967_295L);
        assertThat(event.getGid()).isEqualTo(2_147_483_648L);
        assertThat(event.getParentCommand()).isEqualTo("parent");
        assertThat(event.getParentStartTime()).isEqualTo(39_999_000);
    }

    @Test
    void theContainerIsReadFromTheCgroup() throws Exception {
        ProcessSignalEvent event = event(RawRecord.exit(0).process(8, 8, 1, Fixture.POD_CGROUP, "x"));
        assertThat(event.getContainer().getCgroupId()).isEqualTo(Fixture.POD_CGROUP);
        assertThat(event.getContainer().getCgroupPath()).isEqualTo(Fixture.POD_PATH);
        assertThat(event.getContainer().getRuntime()).isEqualTo(ContainerRuntime.CONTAINERD);
        assertThat(event.getContainer().getContainerId()).isEqualTo(Fixture.CID);
        assertThat(event.getContainer().getPodUid()).isEqualTo(Fixture.POD);
        assertThat(event.getContainer().getQosClass()).isEqualTo(QosClass.BURSTABLE);
        assertThat(event.getContainer().getPodName()).isNull();
    }

    @Test
    void outsideContainersTheRuntimeIsNoneAndOfAnUnknownCgroupUnknown() throws Exception {
        ProcessSignalEvent host = event(RawRecord.exit(0).process(8, 8, 1, Fixture.ROOT_CGROUP, "x"));
        assertThat(host.getContainer().getCgroupPath()).isEqualTo("/");
        assertThat(host.getContainer().getRuntime()).isEqualTo(ContainerRuntime.NONE);

        ProcessSignalEvent unknown = event(RawRecord.exit(0).process(8, 8, 1, Fixture.UNKNOWN_CGROUP, "x"));
        assertThat(unknown.getContainer().getCgroupId()).isEqualTo(Fixture.UNKNOWN_CGROUP);
        assertThat(unknown.getContainer().getCgroupPath()).isNull();
        assertThat(unknown.getContainer().getRuntime()).isEqualTo(ContainerRuntime.UNKNOWN);

        assertThat(event(RawRecord.exit(0).process(8, 8, 1, 0, "x")).getContainer())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        // wait status, code, signal, core, priority
        "0x0000,   0,  0, false, false",
        "0x0700,   7,  0, false, true",
        "0x8900, 137,  0, false, true",
        "0xff00, 255,  0, false, true",
        "0x0009, 137,  9, false, true",
        "0x000f, 143, 15, false, true",
        "0x008b, 139, 11, true,  true",
    })
    void theWaitStatusIsDecodedAndKept(String status, int code, int signal, boolean core, boolean priority)
            throws Exception {
        int waitStatus = Integer.decode(status);
        ProcessSignalEvent event = event(RawRecord.exit(waitStatus).process(8, 8, 1, 0, "x"));
        ExitInfo exit = event.getExitInfo();
        assertThat(exit.getWaitStatus()).isEqualTo(waitStatus);
        assertThat(exit.getCode()).isEqualTo(code);
        assertThat(exit.getSignal()).isEqualTo(signal == 0 ? null : Integer.valueOf(signal));
        assertThat(exit.getSignalName() == null).isEqualTo(signal == 0);
        assertThat(exit.getCoreDumped()).isEqualTo(core);
        assertThat(exit.getDescription()).isNotBlank();
        assertThat(exit.getCause()).isNull();
        assertThat(event.getIsOomKill()).isFalse();
        assertThat(fixture.out.priority).isEqualTo(priority);
    }

    @Test
    void resourcesAtDeathAreInTheUnitsOfTheSchema() throws Exception {
        ExitInfo exit = event(RawRecord.exit(0)
                        .header(0, 1, 50_000_000_000L, 1)
                        .process(8, 8, 40_000_000_000L, 0, "x")
                        .put64(ExitRecordFlyweight.RUNTIME_NS_FIELD_OFFSET, 2_000_000_000L)
                        .put64(ExitRecordFlyweight.USER_NS_FIELD_OFFSET, 3_000_000)
                        .put64(ExitRecordFlyweight.SYSTEM_NS_FIELD_OFFSET, 1_000_000)
                        .put64(ExitRecordFlyweight.MAX_RSS_PAGES_FIELD_OFFSET, 3))
                .getExitInfo();
        assertThat(exit.getUserTime()).isEqualTo(1_500_000);
        assertThat(exit.getSystemTime()).isEqualTo(500_000);
        assertThat(exit.getMaxRssBytes()).isEqualTo(3 * Fixture.PAGE_SIZE);
        assertThat(exit.getLifetime()).isEqualTo(10_000_000);
    }

    @Test
    void theCauseNamesWhoSentTheSignalThatEndedTheProcess() throws Exception {
        ProcessSignalEvent event = event(RawRecord.exit(SIGKILL)
                .process(8, 8, 1, 0, "sleep")
                .cause(SIGKILL, 0, RecordFlags.SENDER | RecordFlags.GROUP, RawOrigin.USER, 49_000_000_500L)
                .causeSender(77, 30_000_000_000L, Fixture.POD_CGROUP, "runc"));
        ExitCause cause = event.getExitInfo().getCause();
        assertThat(cause.getSignal()).isEqualTo(SIGKILL);
        assertThat(cause.getSignalName()).isEqualTo("SIGKILL");
        assertThat(cause.getSiCode()).isZero();
        assertThat(cause.getOrigin()).isEqualTo(SignalOrigin.USER);
        assertThat(cause.getBootTime()).isEqualTo(49_000_000);
        assertThat(cause.getTimestamp())
                .isEqualTo(Instant.ofEpochSecond(0, 49_000_000_500L + Fixture.OFFSET)
                        .truncatedTo(ChronoUnit.MICROS));
        assertThat(cause.getGroupDirected()).isTrue();
        assertThat(cause.getIsOomKill()).isFalse();
        assertThat(cause.getContext()).isNull();
        assertThat(cause.getSenderPid()).isEqualTo(77);
        ProcessReference sender = cause.getSender();
        assertThat(sender.getTgid()).isEqualTo(77);
        assertThat(sender.getCommand()).isEqualTo("runc");
        assertThat(sender.getParentCommand()).isEqualTo("parent");
        assertThat(sender.getStartTime()).isEqualTo(30_000_000);
        assertThat(sender.getUid()).isEqualTo(1000);
        assertThat(sender.getContainer().getContainerId()).isEqualTo(Fixture.CID);
        assertThat(event.getSender()).isNull();
        assertThat(event.getIsOomKill()).isFalse();
    }

    @Test
    void theTaskThatRanWhenTheKernelKilledIsContextAndNeverSender() throws Exception {
        ProcessSignalEvent event = event(RawRecord.exit(SIGKILL)
                .process(8, 8, 1, 0, "java")
                .cause(SIGKILL, 0x80, RecordFlags.CONTEXT | RecordFlags.OOM, RawOrigin.KERNEL, 1)
                .causeSender(77, 1, 0, "bystander"));
        ExitCause cause = event.getExitInfo().getCause();
        assertThat(cause.getSender()).isNull();
        assertThat(cause.getSenderPid()).isNull();
        assertThat(cause.getContext().getCommand()).isEqualTo("bystander");
        assertThat(cause.getOrigin()).isEqualTo(SignalOrigin.KERNEL);
        assertThat(cause.getIsOomKill()).isTrue();
        assertThat(event.getIsOomKill()).isTrue();
    }

    @Test
    void aCauseWithoutSenderHasNone() throws Exception {
        ExitCause cause = event(RawRecord.exit(11)
                        .process(8, 8, 1, 0, "x")
                        .cause(11, 1, 0, RawOrigin.FAULT, 1)
                        .causeSender(77, 1, 0, "leftover"))
                .getExitInfo()
                .getCause();
        assertThat(cause.getOrigin()).isEqualTo(SignalOrigin.FAULT);
        assertThat(cause.getSender()).isNull();
        assertThat(cause.getSenderPid()).isNull();
        assertThat(cause.getContext()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0x8900, 9", "0x0000, 15", "0x000f, 9", "0x0009, 0"})
    void aSignalThatDidNotEndTheProcessIsNoCause(String status, int signal) throws Exception {
        ProcessSignalEvent event = event(RawRecord.exit(Integer.decode(status))
                .process(8, 8, 1, 0, "x")
                .cause(signal, 0, RecordFlags.SENDER | RecordFlags.OOM, RawOrigin.USER, 1)
                .causeSender(77, 1, 0, "runc"));
        assertThat(event.getExitInfo().getCause()).isNull();
        assertThat(event.getIsOomKill()).isFalse();
    }

    @Test
    void aSignalNamesItsSender() throws Exception {
        ProcessSignalEvent event = event(RawRecord.signalSent(SIGKILL, 0)
                .flags(RecordFlags.FATAL | RecordFlags.GROUP)
                .process(8, 9, 1, 0, "sleep")
                .put8(SignalRecordFlyweight.ORIGIN_FIELD_OFFSET, RawOrigin.USER)
                .put8(SignalRecordFlyweight.DISPOSITION_FIELD_OFFSET, RawDisposition.DEFAULT)
                .sender(RecordFlags.SENDER, 77, 5_000, Fixture.ROOT_CGROUP, "bash"));
        assertThat(event.getEventType()).isEqualTo(EventType.SIGNAL_SENT);
        assertThat(event.getHook()).isEqualTo(Hook.SIGNAL_GENERATE);
        SignalInfo signal = event.getSignalInfo();
        assertThat(signal.getSignal()).isEqualTo(SIGKILL);
        assertThat(signal.getSignalName()).isEqualTo("SIGKILL");
        assertThat(signal.getDescription()).isNotBlank();
        assertThat(signal.getSiCode()).isZero();
        assertThat(signal.getSiCodeName()).isEqualTo("SI_USER");
        assertThat(signal.getOrigin()).isEqualTo(SignalOrigin.USER);
        assertThat(signal.getGroupDirected()).isTrue();
        assertThat(signal.getResult()).isEqualTo(SignalResult.DELIVERED);
        assertThat(signal.getDisposition()).isEqualTo(SignalDisposition.DEFAULT);
        assertThat(signal.getFatal()).isTrue();
        assertThat(signal.getContext()).isNull();
        assertThat(event.getSenderPid()).isEqualTo(77);
        assertThat(event.getSender().getCommand()).isEqualTo("bash");
        assertThat(event.getSender().getStartTime()).isEqualTo(5);
        assertThat(event.getSender().getContainer().getRuntime()).isEqualTo(ContainerRuntime.NONE);
        assertThat(event.getIsOomKill()).isFalse();
        assertThat(fixture.key()).isEqualTo("node-1/8");
        assertThat(fixture.out.priority).isTrue();
    }

    @Test
    void aSenderMetAgainIsToldWithWhatIsKnownOfItByThen() throws Exception {
        RawRecord kill = RawRecord.signalSent(SIGKILL, 0)
                .process(8, 9, 1, 0, "sleep")
                .sender(RecordFlags.SENDER, 77, 5_000, Fixture.POD_CGROUP, "bash");
        assertThat(event(kill).getSender().getContainer().getCgroupPath()).isEqualTo(Fixture.POD_PATH);
        ProcessReference again = event(kill).getSender();
        assertThat(again.getContainer().getCgroupPath()).isEqualTo(Fixture.POD_PATH);

        assembler.assemble(RawRecord.cgroup(Fixture.POD_CGROUP, 4, "/moved").toBuffer(), 0, fixture.out);
        ProcessReference moved = event(kill).getSender();
        assertThat(moved.getContainer().getCgroupPath()).isEqualTo("/moved");
        moved.setContainer(again.getContainer());
        assertThat(moved).isEqualTo(again);

        // The same process has executed another program: all else is as before.
        ProcessReference renamed = event(RawRecord.signalSent(SIGKILL, 0)
                        .process(8, 9, 1, 0, "sleep")
                        .sender(RecordFlags.SENDER, 77, 5_000, Fixture.POD_CGROUP, "java"))
                .getSender();
        assertThat(renamed.getCommand()).isEqualTo("java");
    }

    @Test
    void aKernelMadeSignalHasAContextOnly() throws Exception {
        ProcessSignalEvent event = event(RawRecord.signalSent(SIGKILL, 0x80)
                .flags(RecordFlags.OOM)
                .process(8, 8, 1, 0, "java")
                .put8(SignalRecordFlyweight.ORIGIN_FIELD_OFFSET, RawOrigin.PIDNS_TEARDOWN)
                .sender(RecordFlags.CONTEXT, 77, 1, 0, "init"));
        assertThat(event.getSender()).isNull();
        assertThat(event.getSenderPid()).isNull();
        assertThat(event.getSignalInfo().getContext().getCommand()).isEqualTo("init");
        assertThat(event.getSignalInfo().getOrigin()).isEqualTo(SignalOrigin.PIDNS_TEARDOWN);
        assertThat(event.getSignalInfo().getSiCodeName()).isEqualTo("SI_KERNEL");
        assertThat(event.getSignalInfo().getFatal()).isFalse();
        assertThat(event.getIsOomKill()).isTrue();
        assertThat(fixture.out.priority).isFalse();
    }

    @Test
    void aDeliveryIsToldAsSuch() throws Exception {
        ProcessSignalEvent event =
                event(RawRecord.signalDelivered(15, 0).flags(RecordFlags.FATAL).process(8, 8, 1, 0, "x"));
        assertThat(event.getEventType()).isEqualTo(EventType.SIGNAL_DELIVERED);
        assertThat(event.getHook()).isEqualTo(Hook.SIGNAL_DELIVER);
        assertThat(event.getSender()).isNull();
        assertThat(fixture.out.priority).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0,DELIVERED",
        "1,IGNORED",
        "2,ALREADY_PENDING",
        "3,OVERFLOW",
        "4,SIGINFO_LOST",
        "5,UNKNOWN",
        "255,UNKNOWN"
    })
    void resultsAreTheKernels(int raw, SignalResult expected) throws Exception {
        assertThat(event(RawRecord.signalSent(1, 0).put8(SignalRecordFlyweight.RESULT_FIELD_OFFSET, raw))
                        .getSignalInfo()
                        .getResult())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(SignalOrigin.class)
    void everyOriginHasItsSymbol(SignalOrigin origin) throws Exception {
        int raw = RawOrigin.class.getField(origin.name()).getInt(null);
        assertThat(event(RawRecord.signalSent(1, 0).put8(SignalRecordFlyweight.ORIGIN_FIELD_OFFSET, raw))
                        .getSignalInfo()
                        .getOrigin())
                .isEqualTo(origin);
    }

    @ParameterizedTest
    @EnumSource(SignalDisposition.class)
    void everyDispositionHasItsSymbol(SignalDisposition disposition) throws Exception {
        int raw = RawDisposition.class.getField(disposition.name()).getInt(null);
        assertThat(event(RawRecord.signalSent(1, 0).put8(SignalRecordFlyweight.DISPOSITION_FIELD_OFFSET, raw))
                        .getSignalInfo()
                        .getDisposition())
                .isEqualTo(disposition);
    }

    @ParameterizedTest
    @EnumSource(OomConstraint.class)
    void everyConstraintHasItsSymbol(OomConstraint constraint) throws Exception {
        int raw = RawOomConstraint.class.getField(constraint.name()).getInt(null);
        assertThat(event(RawRecord.oomKill()
                                .flags(RecordFlags.OOM_EVIDENCE)
                                .put8(OomRecordFlyweight.CONSTRAINT_FIELD_OFFSET, raw))
                        .getOomInfo()
                        .getConstraint())
                .isEqualTo(constraint);
    }

    private static RawRecord oom(int flags) {
        return RawRecord.oomKill()
                .flags(flags)
                .process(8, 8, 1, Fixture.POD_CGROUP, "victim")
                .processAt(OomRecordFlyweight.TRIGGER_FIELD_OFFSET, 77, 78, 2_000, Fixture.ROOT_CGROUP, "trigger")
                .put64(OomRecordFlyweight.TOTAL_VM_PAGES_FIELD_OFFSET, 1)
                .put64(OomRecordFlyweight.ANON_RSS_PAGES_FIELD_OFFSET, 2)
                .put64(OomRecordFlyweight.FILE_RSS_PAGES_FIELD_OFFSET, 3)
                .put64(OomRecordFlyweight.SHMEM_RSS_PAGES_FIELD_OFFSET, 4)
                .put64(OomRecordFlyweight.PGTABLES_BYTES_FIELD_OFFSET, 5)
                .put64(OomRecordFlyweight.LIMIT_PAGES_FIELD_OFFSET, 6)
                .put64(OomRecordFlyweight.USAGE_PAGES_FIELD_OFFSET, 7)
                .put64(OomRecordFlyweight.LIMITING_CGROUP_ID_FIELD_OFFSET, Fixture.POD_CGROUP)
                .put16(OomRecordFlyweight.OOM_SCORE_ADJ_FIELD_OFFSET, -998)
                .put8(OomRecordFlyweight.CONSTRAINT_FIELD_OFFSET, RawOomConstraint.MEMCG);
    }

    @Test
    void anOomKillTellsVictimTriggerAndLimit() throws Exception {
        ProcessSignalEvent event = event(oom(RecordFlags.OOM_DECISION));
        assertThat(event.getEventType()).isEqualTo(EventType.OOM_KILL);
        assertThat(event.getHook()).isEqualTo(Hook.OOM_MARK_VICTIM);
        assertThat(event.getCommand()).isEqualTo("victim");
        assertThat(event.getIsOomKill()).isTrue();
        assertThat(fixture.out.priority).isTrue();
        OomInfo oom = event.getOomInfo();
        assertThat(oom.getConstraint()).isEqualTo(OomConstraint.MEMCG);
        assertThat(oom.getTrigger().getCommand()).isEqualTo("trigger");
        assertThat(oom.getTrigger().getPid()).isEqualTo(78);
        assertThat(oom.getLimitingCgroupId()).isEqualTo(Fixture.POD_CGROUP);
        assertThat(oom.getLimitingCgroupPath()).isEqualTo(Fixture.POD_PATH);
        assertThat(oom.getUsageBytes()).isEqualTo(7 * Fixture.PAGE_SIZE);
        assertThat(oom.getLimitBytes()).isEqualTo(6 * Fixture.PAGE_SIZE);
        assertThat(oom.getTotalVmBytes()).isEqualTo(Fixture.PAGE_SIZE);
        assertThat(oom.getAnonRssBytes()).isEqualTo(2 * Fixture.PAGE_SIZE);
        assertThat(oom.getFileRssBytes()).isEqualTo(3 * Fixture.PAGE_SIZE);
        assertThat(oom.getShmemRssBytes()).isEqualTo(4 * Fixture.PAGE_SIZE);
        assertThat(oom.getPageTablesBytes()).isEqualTo(5);
        assertThat(oom.getOomScoreAdj()).isEqualTo(-998);
    }

    @Test
    void whatOnlyTheDecisionKnowsIsAbsentWithoutIt() throws Exception {
        OomInfo evidence = event(oom(RecordFlags.OOM_EVIDENCE)).getOomInfo();
        assertThat(evidence.getConstraint()).isEqualTo(OomConstraint.MEMCG);
        assertThat(evidence.getLimitingCgroupId()).isNull();
        assertThat(evidence.getLimitingCgroupPath()).isNull();
        assertThat(evidence.getUsageBytes()).isNull();
        assertThat(evidence.getLimitBytes()).isNull();
        assertThat(event(oom(0)).getOomInfo().getConstraint()).isEqualTo(OomConstraint.UNKNOWN);
    }

    @Test
    void aGlobalOomHasNoLimitingCgroupAndAnUnlimitedOneNoLimit() throws Exception {
        OomInfo global = event(
                        oom(RecordFlags.OOM_DECISION).put64(OomRecordFlyweight.LIMITING_CGROUP_ID_FIELD_OFFSET, 0))
                .getOomInfo();
        assertThat(global.getLimitingCgroupId()).isNull();
        assertThat(global.getUsageBytes()).isNull();
        assertThat(global.getLimitBytes()).isEqualTo(6 * Fixture.PAGE_SIZE);
        OomInfo unlimited = event(oom(RecordFlags.OOM_DECISION)
                        .put64(OomRecordFlyweight.LIMIT_PAGES_FIELD_OFFSET, Long.MAX_VALUE / Fixture.PAGE_SIZE))
                .getOomInfo();
        assertThat(unlimited.getLimitBytes()).isNull();
        assertThat(unlimited.getUsageBytes()).isNotNull();
    }

    @Test
    void anExecShowsFilenameAndArguments() throws Exception {
        ProcessSignalEvent event =
                event(exec("/usr/bin/mysql", "mysql\0-uroot\0-phunter2\0\0日本\0").process(8, 8, 1, 0, "mysql"));
        assertThat(event.getEventType()).isEqualTo(EventType.PROCESS_EXEC);
        assertThat(event.getExecInfo().getFilename()).isEqualTo("/usr/bin/mysql");
        assertThat(event.getExecInfo().getArguments()).containsExactly("mysql", "-uroot", "-p[REDACTED]", "", "日本");
        assertThat(event.getExecInfo().getArgumentsTruncated()).isFalse();
        assertThat(event.getExecInfo().getFilenameTruncated()).isFalse();
        assertThat(event.getExecInfo().getArgumentsBytes()).isEqualTo(31);
        assertThat(fixture.out.priority).isFalse();
    }

    @Test
    void truncationIsToldAndTheCutArgumentKept() throws Exception {
        ProcessSignalEvent event = event(exec("/x", "x\0--some")
                .flags(RecordFlags.ARGS_TRUNCATED | RecordFlags.FILENAME_TRUNCATED)
                .put32(ExecRecordFlyweight.ARGS_TOTAL_FIELD_OFFSET, -1));
        assertThat(event.getExecInfo().getArguments()).containsExactly("x", "--some");
        assertThat(event.getExecInfo().getArgumentsTruncated()).isTrue();
        assertThat(event.getExecInfo().getFilenameTruncated()).isTrue();
        assertThat(event.getExecInfo().getArgumentsBytes()).isEqualTo(4_294_967_295L);
    }

    @Test
    void argumentsThatCouldNotBeReadAreAbsentNotEmpty() throws Exception {
        assertThat(event(exec("/x", "").flags(RecordFlags.ARGS_UNREADABLE))
                        .getExecInfo()
                        .getArguments())
                .isNull();
        assertThat(event(exec("/x", "")).getExecInfo().getArguments()).isEmpty();
    }

    @Test
    void thePolicyDecidesWhatBecomesOfArguments() throws Exception {
        RawRecord record = exec("/x", "x\0--password=hunter2\0");
        assertThat(fixture.event(fixture.assembler(ArgumentPolicy.FULL), record)
                        .getExecInfo()
                        .getArguments())
                .containsExactly("x", "--password=hunter2");
        assertThat(fixture.event(fixture.assembler(ArgumentPolicy.OFF), record)
                        .getExecInfo()
                        .getArguments())
                .isNull();
    }

    @Test
    void everyByteOfACommandPassesThrough() throws Exception {
        for (int b = 1; b < 256; b++) {
            RawRecord record = RawRecord.exit(0).process(8, 8, 1, 0, "");
            record.putBytes(PROCESS + ProcessFlyweight.COMM_FIELD_OFFSET, new byte[] {'a', (byte) b, 'z'});
            assertThat(event(record).getCommand()).isEqualTo("a" + (char) (b < 0x80 ? b : 0xef00 + b) + "z");
        }
        RawRecord full = RawRecord.exit(0).process(8, 8, 1, 0, "0123456789abcdef");
        assertThat(event(full).getCommand()).isEqualTo("0123456789abcdef");
    }

    @Test
    void everyByteOfAnArgumentPassesThrough() throws Exception {
        byte[] all = new byte[255];
        StringBuilder expected = new StringBuilder();
        for (int b = 1; b < 256; b++) {
            all[255 - b] = (byte) b; // downwards: no two of them form UTF-8
            expected.insert(0, (char) (b < 0x80 ? b : 0xef00 + b));
        }
        EventAssembler full = fixture.assembler(ArgumentPolicy.FULL);
        assertThat(fixture.event(full, RawRecord.exec(all, all)).getExecInfo().getArguments())
                .containsExactly(expected.toString());
        assertThat(fixture.decode().getExecInfo().getFilename()).isEqualTo(expected.toString());
    }

    @Test
    void aProcessThatWasThereBeforeIsNumberedByTheAgent() throws Exception {
        RawRecord record = RawRecord.running().header(2, 0, 50_000_000_000L, 42).process(8, 8, 1_000, 0, "init");
        ProcessSignalEvent event = event(record);
        assertThat(event.getEventType()).isEqualTo(EventType.PROCESS_RUNNING);
        assertThat(event.getHook()).isEqualTo(Hook.AGENT);
        assertThat(event.getCpu()).isEqualTo(-1);
        assertThat(event.getCaptureId()).isEqualTo(Fixture.AGENT_CAPTURE);
        assertThat(event.getSequence()).isEqualTo(1);
        assertThat(event.getTgid()).isEqualTo(8);
        assertThat(event(record).getSequence()).isEqualTo(2);
    }

    @Test
    void nothingOfOneEventIsLeftInTheNext() throws Exception {
        ProcessSignalEvent first = event(RawRecord.exit(0).process(8, 8, 1, Fixture.POD_CGROUP, "x"));
        event(exec("/x", "x\0").process(1, 2, 3, Fixture.ROOT_CGROUP, "y"));
        event(oom(RecordFlags.OOM_DECISION));
        event(RawRecord.signalSent(9, 0).flags(RecordFlags.OOM).sender(RecordFlags.SENDER, 7, 1, 1, "s"));
        event(RawRecord.exit(9).cause(9, 0, RecordFlags.SENDER, 1, 1).causeSender(7, 1, 1, "s"));
        ProcessSignalEvent again = event(RawRecord.exit(0).process(8, 8, 1, Fixture.POD_CGROUP, "x"));
        assertThat(again).isEqualTo(first);
    }

    /** Names and descriptions are remembered encoded: far fewer than there are combinations of what decides them. */
    @Test
    void whatIsRememberedOfSomeEventsIsNotToldOfOthers() throws Exception {
        SplittableRandom random = new SplittableRandom(20261127);
        int[] interesting = {0, 1, 9, 11, 15, 17, 64, 127, -1, -6, 0x80};
        for (int i = 0; i < 3_000; i++) {
            int signal = interesting[random.nextInt(interesting.length)];
            int code = random.nextBoolean() ? interesting[random.nextInt(interesting.length)] : random.nextInt(20);
            int origin = random.nextInt(12);
            int waitStatus = random.nextInt(1 << 16);
            RawRecord record = random.nextBoolean()
                    ? RawRecord.signalSent(signal, code)
                            .flags(random.nextInt(2) * RecordFlags.GROUP | random.nextInt(2) * RecordFlags.FATAL)
                            .put8(SignalRecordFlyweight.RESULT_FIELD_OFFSET, random.nextInt(6))
                            .put8(SignalRecordFlyweight.ORIGIN_FIELD_OFFSET, origin)
                            .put8(SignalRecordFlyweight.DISPOSITION_FIELD_OFFSET, random.nextInt(5))
                    : RawRecord.exit(waitStatus).cause(ExitStatus.signal(waitStatus), code, 0, origin, 1);
            Fixture fresh = new Fixture();

            assertThat(event(record)).isEqualTo(fresh.event(fresh.assembler(ArgumentPolicy.REDACTED), record));
        }
    }

    @Test
    void malformedRecordsAreCountedAndSkippedBetweenGoodOnes() throws Exception {
        ByteBuffer batch = RawRecord.batch(
                RawRecord.exit(0).header(0, 1, 1, 1).process(1, 1, 1, 0, "a"),
                RawRecord.exit(0).header(0, 2, 1, 1).put8(RecordHeaderFlyweight.TYPE_FIELD_OFFSET, 200),
                RawRecord.exit(9).header(0, 3, 1, 1).flags(RecordFlags.CAUSE),
                RawRecord.cgroup(5, 4, "/x").header(0, 4, 1, 1),
                RawRecord.exit(0).header(0, 5, 1, 1).process(1, 1, 1, 0, "b"));
        int offset = 0;
        int events = 0;
        long lostSequences = 0;
        RecordHeaderFlyweight header = new RecordHeaderFlyweight();
        while (offset < batch.limit()) {
            try {
                if (assembler.assemble(batch, offset, fixture.out)) {
                    events++;
                }
                offset += header.wrap(batch, offset).length();
            } catch (MalformedRecordException e) {
                lostSequences += e.sequence();
                offset += e.skipBytes();
            }
        }
        assertThat(events).isEqualTo(2);
        assertThat(lostSequences).isEqualTo(2 + 3);
        assertThat(fixture.decode().getCommand()).isEqualTo("b");
    }

    @Test
    void aMalformedRecordTakesNoNumberOfTheAgent() throws Exception {
        RawRecord cut = RawRecord.running().put32(RecordHeaderFlyweight.LENGTH_FIELD_OFFSET, 120);
        assertThat(catchThrowableOfType(
                        MalformedRecordException.class, () -> assembler.assemble(cut.toBuffer(), 0, fixture.out)))
                .isNotNull();
        assertThat(event(RawRecord.running()).getSequence()).isEqualTo(1);
    }

    @Test
    void numbersThatNoKernelWritesStillMakeAReadableEvent() throws Exception {
        for (RawRecord record : new RawRecord[] {
            ones(RawRecord.exit(0), ExitRecordFlyweight.BLOCK_LENGTH),
            ones(RawRecord.signalSent(0, 0), SignalRecordFlyweight.BLOCK_LENGTH),
            ones(RawRecord.oomKill().flags(RecordFlags.OOM_DECISION), OomRecordFlyweight.BLOCK_LENGTH),
            ones(
                    RawRecord.exit(9)
                            .cause(9, 0, RecordFlags.SENDER, 0, 0)
                            .put32(ExitRecordFlyweight.CAUSE_FIELD_OFFSET + CauseFlyweight.FLAGS_FIELD_OFFSET, -1),
                    ExitRecordFlyweight.CAUSE_FIELD_OFFSET)
        }) {
            assertThat(event(record).getTgid()).isEqualTo(-1);
        }
    }

    /** Sets every byte behind the header. */
    private static RawRecord ones(RawRecord record, int end) {
        byte[] ones = new byte[end - PROCESS];
        Arrays.fill(ones, (byte) 0xff);
        return record.putBytes(PROCESS, ones);
    }

    private static RawRecord exec(String filename, String arguments) {
        return RawRecord.exec(filename.getBytes(UTF_8), arguments.getBytes(UTF_8));
    }

    private ProcessSignalEvent event(RawRecord record) throws MalformedRecordException {
        return fixture.event(assembler, record);
    }
}
