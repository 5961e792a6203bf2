// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.processsignals.agent.raw.MalformedRecordException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordValidatorTest {
    private final RecordValidator validator = new RecordValidator();

    static Stream<RawRecord> wholeRecords() {
        return Stream.of(
                RawRecord.exec(new byte[0], new byte[0]),
                RawRecord.exec("/bin/true".getBytes(UTF_8), "true\0x\0".getBytes(UTF_8)),
                RawRecord.exec(new byte[0xffff], new byte[0xffff]),
                RawRecord.exit(0),
                RawRecord.exit(9).cause(9, 0, RecordFlags.SENDER, RawOrigin.USER, 1),
                RawRecord.signalSent(9, 0),
                RawRecord.signalSent(9, 0).sender(RecordFlags.SENDER, 7, 1, 1, "x"),
                RawRecord.signalDelivered(15, 0x80).sender(RecordFlags.CONTEXT, 7, 1, 1, "x"),
                RawRecord.oomKill(),
                RawRecord.cgroup(1, 4, ""),
                RawRecord.cgroup(1, 4, "/a/b"),
                RawRecord.running());
    }

    @ParameterizedTest
    @MethodSource("wholeRecords")
    void acceptsAWholeRecordAndTellsItsLength(RawRecord record) throws MalformedRecordException {
        assertThat(validator.validate(record.toBuffer(), 0)).isEqualTo(record.length());
    }

    @ParameterizedTest
    @MethodSource("wholeRecords")
    void refusesEveryTruncation(RawRecord record) {
        ByteBuffer whole = record.toBuffer();
        for (int limit = 0; limit < Math.min(record.length(), 400); limit++) {
            ByteBuffer part = ByteBuffer.allocateDirect(limit).order(ByteOrder.nativeOrder());
            part.put(0, whole, 0, limit);
            MalformedRecordException e = refusal(part);
            assertThat(e.reason()).isEqualTo(limit < 40 ? Reason.HEADER_TRUNCATED : Reason.TRUNCATED);
            assertThat(e.skipBytes()).isZero();
            assertThat(e.sequence()).isEqualTo(limit < 40 ? 0 : 1);
        }
    }

    @ParameterizedTest
    @MethodSource("wholeRecords")
    void refusesARecordThatClaimsTheWrongLength(RawRecord record) {
        int length = record.length();
        ByteBuffer room = ByteBuffer.allocateDirect(length + 64).order(ByteOrder.nativeOrder());
        room.put(0, record.toBuffer(), 0, length);

        room.putInt(0, length - 8);
        assertThat(refusal(room).reason()).isEqualTo(Reason.TOO_SHORT);
        assertThat(refusal(room).skipBytes()).isEqualTo(length - 8);
        room.putInt(0, length + 8);
        assertThat(refusal(room).reason()).isEqualTo(Reason.TOO_LONG);
        assertThat(refusal(room).skipBytes()).isEqualTo(length + 8);
        for (int insane : List.of(0, 8, 39, length + 1, length + 4, -1, -8, Integer.MIN_VALUE)) {
            room.putInt(0, insane);
            assertThat(refusal(room).reason()).as("length %d", insane).isEqualTo(Reason.LENGTH);
            assertThat(refusal(room).skipBytes()).isZero();
        }
        room.putInt(0, 0x7ffffff8);
        assertThat(refusal(room).reason()).isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void anotherLayoutIsSkippedWithoutBelievingItsIdentity() {
        RawRecord record = RawRecord.exit(0).put16(RecordHeaderFlyweight.LAYOUT_VERSION_FIELD_OFFSET, 2);
        MalformedRecordException e = refusal(record.toBuffer());
        assertThat(e.reason()).isEqualTo(Reason.LAYOUT_VERSION);
        assertThat(e.skipBytes()).isEqualTo(record.length());
        assertThat(e.hook()).isEqualTo(-1);
    }

    @Test
    void unknownTypesAreSkippedWithTheirIdentity() {
        for (int type : new int[] {0, 8, 255}) {
            RawRecord record = RawRecord.exit(0)
                    .put8(RecordHeaderFlyweight.TYPE_FIELD_OFFSET, type)
                    .header(3, 17, 99, 5);
            MalformedRecordException e = refusal(record.toBuffer());
            assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_TYPE);
            assertThat(e.skipBytes()).isEqualTo(record.length());
            assertThat(e.type()).isEqualTo(type);
            assertThat(e.hook()).isEqualTo(RawHook.PROCESS_EXIT);
            assertThat(e.cpu()).isEqualTo(3);
            assertThat(e.sequence()).isEqualTo(17);
            assertThat(e.bootNs()).isEqualTo(99);
            assertThat(e.captureId()).isEqualTo(5);
        }
    }

    @Test
    void anIdentityThatNoRecordCanHaveIsRefused() {
        assertThat(refusal(RawRecord.exit(0)
                                .put8(RecordHeaderFlyweight.HOOK_FIELD_OFFSET, RawHook.SIGNAL_GENERATE)
                                .toBuffer())
                        .reason())
                .isEqualTo(Reason.IDENTITY);
        assertThat(refusal(RawRecord.exit(0).header(-1, 1, 1, 1).toBuffer()).reason())
                .isEqualTo(Reason.IDENTITY);
        assertThat(refusal(RawRecord.exit(0).header(0, 0, 1, 1).toBuffer()).reason())
                .isEqualTo(Reason.IDENTITY);
        assertThat(refusal(RawRecord.exit(0).header(0, 1, 1, -1).toBuffer()).reason())
                .isEqualTo(Reason.IDENTITY);
    }

    @Test
    void aFlagThatNeedsMoreBytesThanTheRecordHasIsRefused() {
        assertThat(refusal(RawRecord.exit(9).flags(RecordFlags.CAUSE).toBuffer())
                        .reason())
                .isEqualTo(Reason.TOO_SHORT);
        assertThat(refusal(RawRecord.signalSent(9, 0).flags(RecordFlags.CONTEXT).toBuffer())
                        .reason())
                .isEqualTo(Reason.TOO_SHORT);
    }

    @Test
    void anyBytesAreAcceptedOrRefusedButNeverReadBeyondTheirEnd() {
        Random random = new Random(4711);
        byte[] bytes = new byte[512];
        int accepted = 0;
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(bytes);
            int length = random.nextInt(bytes.length + 1);
            ByteBuffer batch = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
            batch.put(0, bytes, 0, length);
            if (length >= 40 && random.nextInt(8) != 0) { // mostly past the first checks
                batch.putInt(0, random.nextInt(8) == 0 ? random.nextInt(600) : length / 8 * 8);
                batch.putShort(4, (short) RawLayout.LAYOUT_VERSION);
                int type = 1 + random.nextInt(7);
                batch.put(6, (byte) type);
                batch.put(7, (byte) (type - 1));
            }
            try {
                assertThat(validator.validate(batch, 0)).isBetween(40, length);
                accepted++;
            } catch (MalformedRecordException e) {
                assertThat(e.skipBytes()).isBetween(0, length);
            }
        }
        assertThat(accepted).isPositive();
    }

    private MalformedRecordException refusal(ByteBuffer batch) {
        return catchThrowableOfType(MalformedRecordException.class, () -> validator.validate(batch, 0));
    }
}
