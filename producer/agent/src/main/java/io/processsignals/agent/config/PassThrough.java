// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import io.processsignals.common.NearestName;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.SslConfigs;

/** Checks keys that belong to Kafka's producer or to the registry client. */
final class PassThrough {
    /** What the guarantees rest on: key -> the values that change nothing, and why others are refused. */
    private record Fixed(Set<String> harmless, String reason) {}

    private static final String SERIALIZERS =
            "keys are strings and values are set by " + AgentConfig.VALUE_SERIALIZER_CONFIG;
    private static final String PARTITIONER = "all events of one process must lie in one partition";
    private static final String TRANSACTIONS = "the agent writes no transactions";

    private static final String RETRIES = "events are retried, in order, until Kafka takes them";

    private static final Map<String, Fixed> FIXED = Map.of(
            ProducerConfig.ACKS_CONFIG,
            new Fixed(Set.of("all", "-1"), "an acknowledged event must survive the loss of a broker"),
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            new Fixed(Set.of("true"), "a retry must not write an event twice or out of order"),
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            new Fixed(Set.of(), SERIALIZERS),
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            new Fixed(Set.of(), SERIALIZERS),
            ProducerConfig.PARTITIONER_CLASS_CONFIG,
            new Fixed(Set.of(), PARTITIONER),
            ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG,
            new Fixed(Set.of("false"), PARTITIONER),
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            new Fixed(Set.of(), TRANSACTIONS),
            ProducerConfig.TRANSACTION_TWO_PHASE_COMMIT_ENABLE_CONFIG,
            new Fixed(Set.of("false"), TRANSACTIONS),
            ProducerConfig.RETRIES_CONFIG,
            new Fixed(Set.of(Integer.toString(Integer.MAX_VALUE)), RETRIES),
            // An expired batch would be overtaken by those behind it.
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
            new Fixed(Set.of(Integer.toString(Integer.MAX_VALUE)), RETRIES));

    private static final int MAX_IN_FLIGHT = 5;

    /** Keys farther from any known one than this may belong to somebody's plug-in. */
    private static final int TYPO = 2;

    static final ConfigDef PRODUCER = ProducerConfig.configDef();
    static final ConfigDef REGISTRY = registryDef();

    private static final Set<String> PRODUCER_NAMES = new TreeSet<>(PRODUCER.names());

    /** With those that the agent reads itself. */
    private static final Set<String> REGISTRY_NAMES = registryNames();

    private PassThrough() {}

    private static ConfigDef registryDef() {
        ConfigDef def = new ConfigDef();
        SslConfigs.addClientSslSupport(def);
        return def;
    }

    private static Set<String> registryNames() {
        Set<String> names = new TreeSet<>(REGISTRY.names());
        for (String key : AgentConfig.DEFINITION.names()) {
            if (key.startsWith(AgentConfig.REGISTRY_PREFIX)) {
                names.add(key.substring(AgentConfig.REGISTRY_PREFIX.length()));
            }
        }
        return names;
    }

    static Map<String, Object> kafka(Map<String, String> given, Problems problems) {
        given.forEach((key, value) -> checkFixed(key, value.trim(), problems));
        return check(given, AgentConfig.KAFKA_PREFIX, PRODUCER, PRODUCER_NAMES, problems);
    }

    static Map<String, Object> registry(Map<String, String> given, Problems problems) {
        return check(given, AgentConfig.REGISTRY_PREFIX, REGISTRY, REGISTRY_NAMES, problems);
    }

    private static void checkFixed(String key, String value, Problems problems) {
        Fixed fixed = FIXED.get(key);
        if (fixed != null && !fixed.harmless().contains(value)) {
            problems.add("key " + AgentConfig.KAFKA_PREFIX + key + " cannot be changed: " + fixed.reason());
        }
        if (key.equals(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION)
                && value.matches("\\d{1,9}")
                && Integer.parseInt(value) > MAX_IN_FLIGHT) {
            problems.add("key " + AgentConfig.KAFKA_PREFIX + key + " must be at most " + MAX_IN_FLIGHT
                    + ": more would break the order of events");
        }
    }

    private static Map<String, Object> check(
            Map<String, String> given, String prefix, ConfigDef def, Set<String> known, Problems problems) {
        if (given.isEmpty()) {
            return Map.of();
        }
        Map<String, Object> values = new TreeMap<>();
        for (ConfigValue value : def.validate(given)) {
            if (given.containsKey(value.name())) {
                // Kafka takes a list as text too, and a message that names it reads better.
                values.put(value.name(), value.value() instanceof List<?> ? given.get(value.name()) : value.value());
                value.errorMessages().stream()
                        .findFirst()
                        .ifPresent(message ->
                                problems.addInvalid(prefix + value.name(), prefixed(message, prefix, value.name())));
            }
        }
        given.forEach((key, value) -> {
            if (!def.names().contains(key)) {
                Optional<String> nearest = NearestName.find(key, known, TYPO);
                if (nearest.isPresent()) {
                    problems.add("unknown key " + prefix + key + "; did you mean " + prefix + nearest.get() + "?");
                }
                values.put(key, value);
            }
        });
        return Collections.unmodifiableMap(values);
    }

    /** Kafka's own message, with the key as the user wrote it. */
    private static String prefixed(String message, String prefix, String key) {
        String usual = "configuration " + key;
        return message.contains(usual)
                ? message.replace(usual, "configuration " + prefix + key)
                : "key " + prefix + key + ": " + message;
    }

    /** Whether the key's value is known to be no secret. */
    static boolean isPublic(ConfigDef def, String key) {
        ConfigDef.ConfigKey known = def.configKeys().get(key);
        return known != null && known.type != ConfigDef.Type.PASSWORD;
    }
}
