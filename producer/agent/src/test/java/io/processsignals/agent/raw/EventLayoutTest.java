// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.raw;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The second of two hops that keep Java and the kernel side in step: {@code event-layout.json} is what clang made of
 * the shared header, which the build of bpf/ checks.
 */
class EventLayoutTest {
    private static final String OFFSET_SUFFIX = "_FIELD_OFFSET";
    private static final JsonNode LAYOUT = read();

    private static JsonNode read() {
        try {
            return new ObjectMapper()
                    .readTree(Path.of("../../bpf/event-layout.json").toFile());
        } catch (IOException e) {
            throw new IllegalStateException("bpf/event-layout.json, from the folder of the module", e);
        }
    }

    /** Every struct of the layout; its flyweight is named after it. */
    static List<Entry<String, Class<?>>> flyweights() throws ClassNotFoundException {
        List<Entry<String, Class<?>>> flyweights = new ArrayList<>();
        for (Entry<String, JsonNode> struct : LAYOUT.get("structs").properties()) {
            String name = camelCase(struct.getKey()).replace("ps", "") + "Flyweight";
            flyweights.add(
                    Map.entry(struct.getKey(), Class.forName(EventLayoutTest.class.getPackageName() + "." + name)));
        }
        return flyweights;
    }

    @ParameterizedTest
    @MethodSource("flyweights")
    void everyFieldLiesWhereTheKernelSideWritesIt(Entry<String, Class<?>> flyweight)
            throws ReflectiveOperationException {
        Map<String, Integer> expected = new TreeMap<>();
        fields(flyweight.getKey())
                .forEach((name, field) -> expected.put(name, field.get("offset").intValue()));
        Map<String, Integer> actual = new TreeMap<>();
        for (Field constant : flyweight.getValue().getDeclaredFields()) {
            if (constant.getName().endsWith(OFFSET_SUFFIX)) {
                String name = constant.getName().replace(OFFSET_SUFFIX, "").toLowerCase(Locale.ROOT);
                actual.put(name, constant.getInt(null));
            }
        }
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("flyweights")
    void everyAccessorReadsItsFieldAndNothingElse(Entry<String, Class<?>> flyweight)
            throws ReflectiveOperationException {
        int size = LAYOUT.at("/structs/" + flyweight.getKey() + "/size").intValue();
        Object view = flyweight.getValue().getDeclaredConstructor().newInstance();
        for (Entry<String, JsonNode> field : fields(flyweight.getKey()).entrySet()) {
            int bytes = field.getValue().get("size").intValue();
            if (bytes > Long.BYTES) {
                continue; // nested structs and text have no accessor that gives a number
            }
            byte[] others = new byte[8 + size];
            for (int i = 0; i < others.length; i++) {
                int inField = i - 8 - field.getValue().get("offset").intValue();
                others[i] = (byte) (inField >= 0 && inField < bytes ? 0 : 0xff);
            }
            wrap(view, others);
            Method accessor = flyweight.getValue().getMethod(camelCase(field.getKey()));
            assertThat(((Number) accessor.invoke(view)).longValue())
                    .as(field.getKey())
                    .isZero();
            for (int i = 0; i < others.length; i++) {
                others[i] = (byte) ~others[i];
            }
            wrap(view, others);
            long ones = ((Number) accessor.invoke(view)).longValue();
            assertThat(ones == -1 || ones == -1L >>> (Long.SIZE - 8 * bytes))
                    .as(field.getKey())
                    .isTrue();
        }
    }

    /** In an array, or in a buffer if there is no other way. */
    private static void wrap(Object view, byte[] bytes) throws ReflectiveOperationException {
        try {
            view.getClass().getMethod("wrap", byte[].class, int.class).invoke(view, bytes, 8);
        } catch (NoSuchMethodException e) {
            view.getClass()
                    .getMethod("wrap", ByteBuffer.class, int.class)
                    .invoke(view, ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()), 8);
        }
    }

    @Test
    void sizesAgree() {
        assertThat(RecordHeaderFlyweight.HEADER_LENGTH).isEqualTo(size("ps_record_header"));
        assertThat(ProcessFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_process"));
        assertThat(CauseFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_cause"));
        assertThat(ExecRecordFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_exec_record"));
        assertThat(ExitRecordFlyweight.LENGTH_WITH_CAUSE).isEqualTo(size("ps_exit_record"));
        assertThat(ExitRecordFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_exit_record") - size("ps_cause"));
        assertThat(SignalRecordFlyweight.LENGTH_WITH_SENDER).isEqualTo(size("ps_signal_record"));
        assertThat(SignalRecordFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_signal_record") - size("ps_process"));
        assertThat(OomRecordFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_oom_record"));
        assertThat(CgroupRecordFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_cgroup_record"));
        assertThat(RateBucketFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_rate_bucket"));
        assertThat(HookCountersFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_hook_counters"));
        assertThat(RunningRecordFlyweight.BLOCK_LENGTH).isEqualTo(size("ps_running_record"));
    }

    @Test
    void everyTypeHasItsOwnCountInARateBucket() {
        assertThat(LAYOUT.at("/structs/ps_rate_bucket/fields/suppressed/size").intValue())
                .isEqualTo(Long.BYTES * BulkType.COUNT);
        ByteBuffer bucket =
                ByteBuffer.allocate(RateBucketFlyweight.BLOCK_LENGTH).order(ByteOrder.nativeOrder());
        for (int type = 0; type < BulkType.COUNT; type++) {
            bucket.putLong(RateBucketFlyweight.SUPPRESSED_FIELD_OFFSET + Long.BYTES * type, 7 + type);
        }
        RateBucketFlyweight view = new RateBucketFlyweight().wrap(bucket, 0);
        assertThat(view.suppressed(BulkType.EXEC)).isEqualTo(7);
        assertThat(view.suppressed(BulkType.SIGNAL_DELIVERED)).isEqualTo(10);
    }

    @Test
    void enumsAndBoundsAgree() throws IllegalAccessException {
        assertThat(constants(RecordType.class, "PS_RECORD_")).isEqualTo(symbols("ps_record_type"));
        assertThat(constants(RecordFlags.class, "PS_FLAG_")).isEqualTo(symbols("ps_record_flags"));
        assertThat(constants(RawHook.class, "PS_HOOK_")).isEqualTo(symbols("ps_hook"));
        assertThat(constants(RawOrigin.class, "PS_ORIGIN_")).isEqualTo(symbols("ps_origin"));
        assertThat(constants(RawDisposition.class, "PS_DISPOSITION_")).isEqualTo(symbols("ps_disposition"));
        assertThat(constants(BulkType.class, "PS_BULK_")).isEqualTo(symbols("ps_bulk_type"));
        assertThat(constants(RawOomConstraint.class, "PS_OOM_")).isEqualTo(symbols("ps_oom_constraint"));
        assertThat(constants(RawLayout.class, "PS_")).isEqualTo(numbers(LAYOUT.get("constants")));
        assertThat(LAYOUT.get("layoutVersion").intValue()).isEqualTo(RawLayout.LAYOUT_VERSION);
    }

    private static int size(String struct) {
        return LAYOUT.at("/structs/" + struct + "/size").intValue();
    }

    private static Map<String, JsonNode> fields(String struct) {
        Map<String, JsonNode> fields = new HashMap<>();
        LAYOUT.at("/structs/" + struct + "/fields").properties().forEach(field -> {
            if (!field.getKey().equals("pad")) {
                fields.put(field.getKey(), field.getValue());
            }
        });
        return fields;
    }

    private static Map<String, Integer> symbols(String name) {
        return numbers(LAYOUT.at("/enums/" + name));
    }

    private static Map<String, Integer> numbers(JsonNode object) {
        Map<String, Integer> numbers = new TreeMap<>();
        object.properties()
                .forEach(field -> numbers.put(field.getKey(), field.getValue().intValue()));
        return numbers;
    }

    private static Map<String, Integer> constants(Class<?> type, String prefix) throws IllegalAccessException {
        Map<String, Integer> constants = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isPublic(field.getModifiers())) {
                constants.put(prefix + field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    private static String camelCase(String name) {
        StringBuilder camel = new StringBuilder();
        for (String word : name.split("_")) {
            camel.append(camel.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return camel.toString();
    }
}
