// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.codec;

import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalOrigin;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * Random events, each made twice: as a {@link MutableEvent} and as Avro's own class. Walks the schema and looks for the
 * fields of the model by name, so that a field that the model does not know is an error here, and one that the encoder
 * does not write makes the bytes differ.
 */
final class RandomEvents {
    private static final int[] INTS = {0, 1, -1, 63, 64, -64, -65, 8191, 8192, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final long[] LONGS = {
        0,
        1,
        -1,
        63,
        -65,
        1L << 34,
        1L << 35,
        MutableEvent.MAX_LONG,
        -MutableEvent.MAX_LONG,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final String[] STRINGS = {
        "",
        "a",
        "sleep",
        "node-1.example",
        "näme",
        "名前",
        "\uD83D\uDC80 dead",
        "a\nb\u001b[31m",
        "\0",
        "\uEF80\uEFFF",
        "x".repeat(63),
        "x".repeat(64),
        "é".repeat(5000)
    };

    private final Random random;
    /** Share of groups and nullable values that are present. */
    private double density;

    RandomEvents(long seed) {
        random = new Random(seed);
    }

    /** Fills the model, after {@link MutableEvent#clear()}, and returns the same event in Avro's class. */
    ProcessSignalEvent next(MutableEvent event) {
        density = new double[] {0, 0.3, 0.7, 1}[random.nextInt(4)];
        event.clear();
        return (ProcessSignalEvent) fill(ProcessSignalEvent.getClassSchema(), event);
    }

    private Object fill(Schema schema, Object group) {
        SpecificRecordBase record = (SpecificRecordBase) SpecificData.get().newRecord(null, schema);
        for (Schema.Field field : schema.getFields()) {
            boolean keepDefault = field.hasDefaultValue() && random.nextInt(8) == 0;
            record.put(
                    field.pos(),
                    keepDefault
                            ? SpecificData.get().getDefaultValue(field)
                            : fillField(field.schema(), group, member(group, field)));
        }
        return record;
    }

    private static Field member(Object group, Schema.Field field) {
        try {
            return group.getClass().getField(field.name());
        } catch (NoSuchFieldException e) {
            throw new AssertionError(
                    group.getClass().getSimpleName() + " has no field for '" + field.name() + "' of the schema", e);
        }
    }

    private Object fillField(Schema schema, Object group, Field member) {
        try {
            return switch (schema.getType()) {
                case BOOLEAN -> {
                    boolean value = random.nextBoolean();
                    member.setBoolean(group, value);
                    yield value;
                }
                case INT -> {
                    int value = randomInt();
                    member.setInt(group, value);
                    yield value;
                }
                case LONG -> {
                    long value = isTimestamp(schema) ? random.nextLong() >> 10 : randomLong();
                    member.setLong(group, value);
                    yield isTimestamp(schema) ? instant(value) : (Object) value;
                }
                case ENUM -> {
                    Object[] symbols = SpecificData.get().getClass(schema).getEnumConstants();
                    Object value = symbols[random.nextInt(symbols.length)];
                    member.set(group, value);
                    yield value;
                }
                case STRING -> fillText((Text) member.get(group));
                case UNION ->
                    random.nextDouble() < density
                            ? fillPresent(schema.getTypes().get(1), group, member)
                            : null;
                default -> throw new AssertionError("the encoder does not know the type of " + member);
            };
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(member + " does not fit the schema", e);
        }
    }

    private Object fillPresent(Schema schema, Object group, Field member) throws ReflectiveOperationException {
        Object value = member.get(group);
        return switch (schema.getType()) {
            case INT -> {
                int number = randomInt();
                ((NullableInt) value).set(number);
                yield number;
            }
            case LONG -> {
                long number = randomLong();
                ((NullableLong) value).set(number);
                yield number;
            }
            case STRING -> fillText((Text) value);
            case ARRAY -> {
                TextList list = (TextList) value;
                list.begin();
                List<String> strings = new ArrayList<>();
                for (int n = random.nextInt(5); n > 0; n--) {
                    strings.add(fillText(list.add()));
                }
                yield strings;
            }
            case MAP -> {
                TextMap map = (TextMap) value;
                map.begin();
                Map<String, String> strings = new LinkedHashMap<>();
                for (int n = random.nextInt(5); n > 0; n--) {
                    String key = n + randomString();
                    String label = randomString();
                    map.put(key, label);
                    strings.put(key, label);
                }
                yield strings;
            }
            case RECORD -> {
                if (value instanceof MutableEvent.Container) {
                    yield fillContainer(schema, group, member);
                }
                value.getClass().getMethod("begin").invoke(value);
                Object filled = fill(schema, value);
                if (random.nextBoolean()) {
                    putRun(value);
                }
                yield filled;
            }
            default -> throw new AssertionError("the encoder does not know " + schema);
        };
    }

    /** Encodes in advance what can be, and sets the fields that it is in place of to something else. */
    private static void putRun(Object group) {
        EncodedRun run = new EncodedRun();
        if (group instanceof MutableEvent.SignalInfo signal) {
            run.set(signal);
            signal.run = run;
            signal.signal++;
            signal.description.clear();
            signal.fatal = !signal.fatal;
        } else if (group instanceof MutableEvent.ExitInfo exit) {
            run.set(exit);
            exit.run = run;
            exit.waitStatus++;
            exit.signal.clear();
            exit.description.clear();
        } else if (group instanceof MutableEvent.ExitCause cause) {
            run.set(cause);
            cause.run = run;
            cause.signal++;
            cause.signalName.clear();
            cause.origin = SignalOrigin.UNKNOWN;
        }
    }

    /** The event's own, or one that is frozen and put in its place. */
    private Object fillContainer(Schema schema, Object group, Field member) throws ReflectiveOperationException {
        if (random.nextBoolean()) {
            return fill(schema, ((MutableEvent.Container) member.get(group)).begin());
        }
        MutableEvent.Container shared = new MutableEvent.Container().begin();
        Object filled = fill(schema, shared);
        member.set(group, shared.freeze());
        return filled;
    }

    private String fillText(Text text) {
        switch (random.nextInt(5)) {
            case 0 -> text.set(randomString());
            case 1 -> text.set(ConstantText.of(randomString()));
            case 2 -> {
                byte[] utf8 = (" " + randomString() + " ").getBytes(StandardCharsets.UTF_8);
                text.set(utf8, 1, utf8.length - 2);
            }
            case 3 -> {
                ByteBuffer comm = randomComm();
                text.setComm(comm.getLong(0), comm.getLong(Long.BYTES));
            }
            default -> {
                byte[] raw = new byte[random.nextInt(300)];
                random.nextBytes(raw);
                text.setProcessText(raw, 0, raw.length);
            }
        }
        return text.toString();
    }

    /** Mostly ASCII; behind the name a NUL and what a longer one left there. */
    private ByteBuffer randomComm() {
        ByteBuffer raw = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            raw.put(i, (byte) (random.nextInt(64) == 0 ? random.nextInt(256) : 32 + random.nextInt(95)));
        }
        if (random.nextInt(4) != 0) {
            raw.put(random.nextInt(16), (byte) 0);
        }
        return raw;
    }

    private String randomString() {
        return STRINGS[random.nextInt(STRINGS.length)];
    }

    private int randomInt() {
        return random.nextBoolean() ? INTS[random.nextInt(INTS.length)] : random.nextInt() >> random.nextInt(32);
    }

    private long randomLong() {
        return random.nextBoolean() ? LONGS[random.nextInt(LONGS.length)] : random.nextLong() >> random.nextInt(64);
    }

    private static boolean isTimestamp(Schema schema) {
        return schema.getLogicalType() != null;
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
