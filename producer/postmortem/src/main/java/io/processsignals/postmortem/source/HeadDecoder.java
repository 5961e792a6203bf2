// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.EventType;
import io.processsignals.events.Hook;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of an event out of its Avro bytes, in a twentieth of the time that the whole event takes. Knows the
 * layout that all released schemas share; a writer with another one is not supported. Not thread-safe.
 */
final class HeadDecoder {
    private static final List<String> FIELDS = List.of(
            "cluster string?",
            "node string",
            "bootId string",
            "captureId long",
            "hook enum",
            "cpu int",
            "sequence long",
            "timestamp long",
            "nanoAdjust int",
            "bootTime long",
            "eventType enum",
            "pid int",
            "tgid int");

    private static final int TEXTS = 256;

    private final Hook[] hooks;
    private final EventType[] types;
    private final EventHead head = new EventHead();

    /** Node names and boot ids: few, and each in a great many events. By hash of their bytes. */
    private final byte[][] textBytes = new byte[TEXTS][];

    private final String[] texts = new String[TEXTS];

    private byte[] bytes = {};
    private int at;

    private HeadDecoder(Hook[] hooks, EventType[] types) {
        this.hooks = hooks;
        this.types = types;
    }

    /** Empty if the schema does not begin with the fields that this class reads. */
    static Optional<HeadDecoder> of(Schema writer) {
        List<Schema.Field> fields = writer.getFields();
        if (fields.size() < FIELDS.size()) {
            return Optional.empty();
        }
        for (int i = 0; i < FIELDS.size(); i++) {
            if (!FIELDS.get(i)
                    .equals(fields.get(i).name() + " " + shape(fields.get(i).schema()))) {
                return Optional.empty();
            }
        }
        return Optional.of(new HeadDecoder(
                symbols(writer, "hook", Hook.class, Hook.UNKNOWN, Hook[]::new),
                symbols(writer, "eventType", EventType.class, EventType.UNKNOWN, EventType[]::new)));
    }

    /**
     * @param offset of the Avro body
     * @return null if the bytes are no event; the same object each time
     */
    @Nullable
    EventHead decode(byte[] value, int offset) {
        bytes = value;
        at = offset;
        try {
            if (number() != 0) {
                int length = (int) number();
                at += length;
            }
            head.node = text();
            head.bootId = text();
            head.captureId = number();
            head.hook = hooks[(int) number()];
            head.cpu = (int) number();
            head.sequence = number();
            head.timestamp = number();
            number(); // nanoAdjust
            head.bootTime = number();
            head.eventType = types[(int) number()];
            number(); // pid
            head.tgid = (int) number();
            return head;
        } catch (IndexOutOfBoundsException e) {
            return null;
        }
    }

    private long number() {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes[at++];
            value |= (next & 0x7fL) << shift;
            shift += 7;
        } while (next < 0);
        return value >>> 1 ^ -(value & 1);
    }

    private String text() {
        int length = (int) number();
        int begin = at;
        int end = begin + length;
        if (length < 0 || length > bytes.length - begin) {
            throw new IndexOutOfBoundsException(length);
        }
        at = end;
        int hash = length;
        for (int i = begin; i < end; i++) {
            hash = hash * 31 + bytes[i];
        }
        int slot = (hash ^ hash >>> 16) & TEXTS - 1;
        byte[] known = textBytes[slot];
        if (known == null || !Arrays.equals(known, 0, known.length, bytes, begin, end)) {
            textBytes[slot] = Arrays.copyOfRange(bytes, begin, end);
            texts[slot] = new String(bytes, begin, length, StandardCharsets.UTF_8);
        }
        return texts[slot];
    }

    private static String shape(Schema schema) {
        return switch (schema.getType()) {
            case UNION -> {
                List<Schema> types = schema.getTypes();
                yield types.size() == 2 && types.get(0).getType() == Schema.Type.NULL
                        ? types.get(1).getType().getName() + "?"
                        : "other";
            }
            default -> schema.getType().getName();
        };
    }

    /** By the writer's numbers; symbols that this version does not know are UNKNOWN. */
    private static <E extends Enum<E>> E[] symbols(
            Schema writer, String field, Class<E> type, E unknown, IntFunction<E[]> array) {
        return writer.getField(field).schema().getEnumSymbols().stream()
                .map(symbol -> Arrays.stream(type.getEnumConstants())
                        .filter(constant -> constant.name().equals(symbol))
                        .findFirst()
                        .orElse(unknown))
                .toArray(array);
    }
}
