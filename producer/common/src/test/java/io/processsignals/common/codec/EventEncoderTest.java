// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.processsignals.common.log.EncodedEvent;
import io.processsignals.common.signal.ExitStatus;
import io.processsignals.common.signal.Signals;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalOrigin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventEncoderTest {
    private static final int EVENTS = 4000;

    private final EventEncoder encoder = new EventEncoder();
    private final MutableEvent event = new MutableEvent();
    private final EncodedEvent out = new EncodedEvent();

    @ParameterizedTest
    @ValueSource(longs = {1, 20261123, -7})
    void writesTheBytesThatAvroWrites(long seed) throws IOException {
        RandomEvents events = new RandomEvents(seed);
        EventDecoder decoder = new EventDecoder();
        for (int i = 0; i < EVENTS; i++) {
            ProcessSignalEvent expected = events.next(event);

            encoder.encode(event, out);

            byte[] value = Arrays.copyOf(out.value, out.valueLength);
            assertThat(value).as("event %d: %s", i, expected).isEqualTo(avroBytes(expected));
            assertThat(decoder.decode(out.value, 0, out.valueLength)).isEqualTo(expected);
        }
    }

    @Test
    void modelHasNoFieldThatTheSchemaHasNot() {
        assertSameFields(ProcessSignalEvent.getClassSchema(), MutableEvent.class);
    }

    private static void assertSameFields(Schema schema, Class<?> model) {
        Set<String> modelled = new TreeSet<>();
        for (Field field : model.getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                modelled.add(field.getName());
            }
            Schema.Field counterpart = schema.getField(field.getName());
            if (counterpart != null && field.getType().getEnclosingClass() == MutableEvent.class) {
                assertSameFields(counterpart.schema().getTypes().get(1), field.getType());
            }
        }
        modelled.removeAll(Set.of("present", "priority"));
        Set<String> inSchema = new TreeSet<>();
        schema.getFields().forEach(field -> inSchema.add(field.name()));
        assertThat(modelled).as(schema.getName()).isEqualTo(inSchema);
    }

    @Test
    void fillsTheKeyAndWhatTheLogNeeds() {
        event.clear();
        event.node.set("nöde");
        event.tgid = 4194304;
        event.eventType = EventType.PROCESS_EXIT;
        event.priority = true;
        event.hook = Hook.PROCESS_EXIT;
        event.cpu = 3;
        event.captureId = 5_000_000;
        event.sequence = 77;
        event.timestamp = 1_700_000_000_000_001L;
        event.bootTime = 9_000_000;

        encoder.encode(event, out);

        assertThat(key()).isEqualTo("nöde/4194304");
        assertThat(out.type).isEqualTo(EventType.PROCESS_EXIT);
        assertThat(out.priority).isTrue();
        assertThat(out.hook).isEqualTo(Hook.PROCESS_EXIT);
        assertThat(out.cpu).isEqualTo(3);
        assertThat(out.captureId).isEqualTo(5_000_000);
        assertThat(out.sequence).isEqualTo(77);
        assertThat(out.timestampMicros).isEqualTo(1_700_000_000_000_001L);
        assertThat(out.bootTimeMicros).isEqualTo(9_000_000);
    }

    @Test
    void keyGrowsWithTheNodeName() {
        String node = "n".repeat(500);
        event.node.set(node);
        event.tgid = 0;

        encoder.encode(event, out);

        assertThat(key()).isEqualTo(node + "/0");
    }

    @Test
    void valueGrowsFromAnEmptyArray() throws IOException {
        ProcessSignalEvent expected = new RandomEvents(3).next(event);
        out.value = new byte[0];

        encoder.encode(event, out);

        assertThat(Arrays.copyOf(out.value, out.valueLength)).isEqualTo(avroBytes(expected));
    }

    @Test
    void absentRequiredTextIsEmpty() throws IOException {
        event.clear();

        encoder.encode(event, out);

        ProcessSignalEvent decoded = new EventDecoder().decode(out.value, 0, out.valueLength);
        assertThat(decoded.getNode()).isEmpty();
        assertThat(decoded.getBootId()).isEmpty();
        assertThat(decoded.getCluster()).isNull();
    }

    @Test
    void containerTakesOverEveryFieldOfAnother() throws IOException {
        RandomEvents events = new RandomEvents(11);
        MutableEvent source = new MutableEvent();
        for (int i = 0; i < 200; i++) {
            ProcessSignalEvent expected = events.next(source);
            event.clear();
            event.container.set(source.container);

            encoder.encode(event, out);

            ProcessSignalEvent decoded = new EventDecoder().decode(out.value, 0, out.valueLength);
            assertThat(decoded.getContainer()).isEqualTo(expected.getContainer());
        }
    }

    @Test
    void whatEventsBeginWithIsNeverTakenFromAnotherNodeHookOrCpu() {
        SplittableRandom random = new SplittableRandom(20261127);
        List<Hook> hooks = List.of(Hook.values());
        ConstantText[] texts = {ConstantText.of("a"), ConstantText.of("b"), ConstantText.of("")};
        for (int i = 0; i < 20_000; i++) {
            event.clear();
            if (random.nextInt(4) > 0) {
                event.cluster.set(texts[random.nextInt(3)]);
            }
            if (random.nextInt(8) > 0) {
                event.node.set(texts[random.nextInt(20) == 0 ? 1 : 0]); // the same for a while
            } else {
                event.node.set("c" + random.nextInt(3));
            }
            event.bootId.set(texts[random.nextInt(50) == 0 ? 1 : 0]);
            event.captureId = random.nextInt(3);
            event.hook = hooks.get(random.nextInt(hooks.size()));
            event.cpu = random.nextInt(-1, 40);
            event.tgid = random.nextInt(1_000);
            encoder.encode(event, out);
            EncodedEvent fresh = new EncodedEvent();
            new EventEncoder().encode(event, fresh);

            assertThat(Arrays.copyOf(out.value, out.valueLength))
                    .isEqualTo(Arrays.copyOf(fresh.value, fresh.valueLength));
            assertThat(key()).isEqualTo(event.node + "/" + event.tgid);
        }
    }

    /** Must hold for the whole way of an event through this package, or the capture thread feeds the collector. */
    @Test
    void allocatesNothingInSteadyState() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] raw = Arrays.copyOf("worker\u00e9 with \u540d".getBytes(StandardCharsets.UTF_8), 64);
        raw[40] = (byte) 0xff;
        ConstantText node = ConstantText.of("node-1");
        for (int i = 0; i < 20_000; i++) {
            encodeTypicalEvent(raw, node, i);
        }

        // A compiler that takes code back allocates once what that code had kept in registers
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20_000; i++) {
                encodeTypicalEvent(raw, node, i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(least).isZero();
    }

    private void encodeTypicalEvent(byte[] raw, ConstantText node, int i) {
        int waitStatus = i & 0xffff;
        int signal = ExitStatus.signal(waitStatus);
        event.clear();
        event.node.set(node);
        event.bootId.set("0a0b0c0d-0000-4000-8000-000000000000");
        event.eventType = EventType.PROCESS_EXIT;
        event.sequence = i;
        event.command.setProcessText(raw, 0, 48);
        event.container.begin().cgroupPath.set("/kubepods/pod1/c1");
        event.container.podLabels.put("app", "x");
        MutableEvent.ExitInfo exit = event.exitInfo.begin();
        exit.waitStatus = waitStatus;
        exit.code = ExitStatus.code(waitStatus);
        exit.signal.set(signal);
        exit.signalName.set(Signals.nameText(signal));
        exit.description.set(ExitStatus.description(waitStatus));
        MutableEvent.ExitCause cause = exit.cause.begin();
        cause.origin = SignalOrigin.USER;
        cause.sender.begin().command.setProcessText(raw, 0, 15);
        cause.sender.container.set(event.container);
        MutableEvent.SignalInfo info = event.signalInfo.begin();
        Signals.writeSiCodeName(signal, -i, info.siCodeName);
        event.execInfo.begin().arguments.add().setProcessText(raw, 0, 64);
        encoder.encode(event, out);
    }

    private String key() {
        return new String(out.key, 0, out.keyLength, StandardCharsets.UTF_8);
    }

    private static byte[] avroBytes(ProcessSignalEvent event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new SpecificDatumWriter<>(ProcessSignalEvent.class).write(event, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }
}
