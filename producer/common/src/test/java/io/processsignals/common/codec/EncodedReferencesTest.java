// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.common.log.EncodedEvent;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EncodedReferencesTest {
    private static final int AT = 5;

    private final SplittableRandom random = new SplittableRandom(20261127);
    private final EncodedReferences references = new EncodedReferences();
    private final MutableEvent.Container absent = new MutableEvent.Container();

    @Test
    void writesWhatEncodingGivesHoweverOftenSlotsChangeHands() {
        Someone[] known = new Someone[2000]; // many in each slot
        Arrays.setAll(known, i -> new Someone(random));
        for (int i = 0; i < 200_000; i++) {
            // Some come again and again, the others push them out now and then.
            Someone process = known[random.nextInt(random.nextBoolean() ? 20 : known.length)];
            assertThat(written(process)).isEqualTo(encoded(process));
        }
    }

    @Test
    void anyFieldThatDiffersMakesItAnotherProcess() {
        for (int round = 0; round < 200; round++) {
            Someone process = new Someone(random);
            for (int field = 0; field < Someone.FIELDS; field++) {
                assertThat(written(process)).isEqualTo(encoded(process));
                process.change(field);
                assertThat(written(process)).as("field %d", field).isEqualTo(encoded(process));
            }
        }
    }

    @Test
    void aProcessInAnotherContainerIsAnother() {
        MutableEvent.Container own = new MutableEvent.Container().begin();
        Someone process = new Someone(random);
        for (int i = 0; i < 200; i++) {
            own.begin().cgroupId = i;
            MutableEvent.Container frozen = new MutableEvent.Container().begin();
            frozen.cgroupPath.set("/" + "x".repeat(i));
            frozen.freeze();
            for (MutableEvent.Container container : new MutableEvent.Container[] {absent, own, frozen, frozen, own}) {
                assertThat(written(process, container)).isEqualTo(encoded(process, container));
            }
        }
    }

    @Test
    void aProcessReadFromItsSourceIsEncodedLikeOneWhoseFieldsAreSet() {
        EventEncoder encoder = new EventEncoder();
        MutableEvent event = new MutableEvent();
        EncodedEvent out = new EncodedEvent();
        for (int i = 0; i < 5_000; i++) {
            Someone subject = new Someone(random);
            Someone sender = new Someone(random);
            event.clear();
            event.tgid = subject.tgid();
            event.readProcessFrom(subject);
            event.sender.begin(sender);
            encoder.encode(event, out);
            byte[] fromSource = Arrays.copyOf(out.value, out.valueLength);

            event.clear();
            subject.fill(event);
            sender.fill(event.sender.begin());
            encoder.encode(event, out);

            assertThat(fromSource).isEqualTo(Arrays.copyOf(out.value, out.valueLength));
        }
    }

    @Test
    void aClearedEventReadsNoSourceAnyMore() {
        EventEncoder encoder = new EventEncoder();
        MutableEvent event = new MutableEvent();
        EncodedEvent out = new EncodedEvent();
        event.clear();
        encoder.encode(event, out);
        byte[] empty = Arrays.copyOf(out.value, out.valueLength);

        event.readProcessFrom(new Someone(random));
        event.sender.begin(new Someone(random));
        encoder.encode(event, out);
        assertThat(Arrays.copyOf(out.value, out.valueLength)).isNotEqualTo(empty);

        event.clearFacts();
        encoder.encode(event, out);
        assertThat(Arrays.copyOf(out.value, out.valueLength)).isEqualTo(empty);
    }

    private byte[] written(Someone process) {
        return written(process, absent);
    }

    private byte[] written(Someone process, MutableEvent.Container container) {
        byte[] target = new byte[512];
        int end = references.write(target, AT, process, container);
        return Arrays.copyOfRange(target, AT, end);
    }

    private byte[] encoded(Someone process) {
        return encoded(process, absent);
    }

    private static byte[] encoded(Someone process, MutableEvent.Container container) {
        byte[] target = new byte[512];
        int end = EventEncoder.writeProcess(target, 0, process);
        return Arrays.copyOf(target, EventEncoder.writeContainer(target, end, container));
    }

    /** Small and large numbers, names that are ASCII and names of any bytes. */
    private static final class Someone implements ProcessSource {
        static final int FIELDS = 12;

        private static final int IDENTITY_AT = 3;

        private final long[] fields = new long[FIELDS];
        private final byte[] identity = new byte[IDENTITY_AT + FIELDS * Long.BYTES];

        Someone(SplittableRandom random) {
            for (int i = 0; i < 4; i++) {
                fields[i] = random.nextInt() >> random.nextInt(31);
            }
            fields[4] = random.nextLong() >>> 11 >>> random.nextInt(40);
            fields[5] = random.nextLong() >>> 11 >>> random.nextInt(40);
            fields[6] = random.nextLong() >>> 32 >>> random.nextInt(32);
            fields[7] = random.nextLong() >>> 32 >>> random.nextInt(32);
            boolean anyBytes = random.nextInt(4) == 0;
            for (int i = 8; i < FIELDS; i++) {
                fields[i] = random.nextLong() & ((anyBytes ? -1 : 0x7f7f_7f7f_7f7f_7f7fL) >>> (8 * random.nextInt(8)));
            }
        }

        void change(int field) {
            fields[field] ^= 1;
        }

        void fill(MutableEvent event) {
            event.pid = pid();
            event.tgid = tgid();
            event.ppid = ppid();
            event.nsPid = nsPid();
            event.command.setComm(commandLow(), commandHigh());
            event.startTime = startTime();
            event.uid = uid();
            event.gid = gid();
            event.parentCommand.setComm(parentCommandLow(), parentCommandHigh());
            event.parentStartTime = parentStartTime();
        }

        void fill(MutableEvent.ProcessReference reference) {
            reference.pid = pid();
            reference.tgid = tgid();
            reference.ppid = ppid();
            reference.nsPid = nsPid();
            reference.command.setComm(commandLow(), commandHigh());
            reference.startTime = startTime();
            reference.uid = uid();
            reference.gid = gid();
            reference.parentCommand.setComm(parentCommandLow(), parentCommandHigh());
            reference.parentStartTime = parentStartTime();
        }

        @Override
        public byte[] identity() {
            ByteBuffer bytes = ByteBuffer.wrap(identity, IDENTITY_AT, identityLength());
            for (long field : fields) {
                bytes.putLong(field);
            }
            return identity;
        }

        @Override
        public int identityOffset() {
            return IDENTITY_AT;
        }

        @Override
        public int identityLength() {
            return FIELDS * Long.BYTES;
        }

        @Override
        public int pid() {
            return (int) fields[0];
        }

        @Override
        public int tgid() {
            return (int) fields[1];
        }

        @Override
        public int ppid() {
            return (int) fields[2];
        }

        @Override
        public int nsPid() {
            return (int) fields[3];
        }

        @Override
        public long startTime() {
            return fields[4];
        }

        @Override
        public long parentStartTime() {
            return fields[5];
        }

        @Override
        public long uid() {
            return fields[6];
        }

        @Override
        public long gid() {
            return fields[7];
        }

        @Override
        public long commandLow() {
            return fields[8];
        }

        @Override
        public long commandHigh() {
            return fields[9];
        }

        @Override
        public long parentCommandLow() {
            return fields[10];
        }

        @Override
        public long parentCommandHigh() {
            return fields[11];
        }
    }
}
