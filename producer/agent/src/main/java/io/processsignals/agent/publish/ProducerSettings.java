// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;

/**
 * The configuration of the clients: defaults, then what the user gave ({@code kafka.*} without the prefix), then what
 * the guarantees rest on. The user's attempts at the last are refused by name where configuration is read; here they
 * are without effect.
 */
public final class ProducerSettings {
    /** One for a whole fleet, so that one quota covers it. */
    public static final String CLIENT_ID = "process-signals";

    /**
     * One request at a time: a partition's first batch may meet a leader that is not ready yet (a topic just created, a
     * broker just restarted) while the request behind it succeeds. The broker then knows the second batch's sequence
     * only and refuses the first one for ever. A request holds a batch for every partition, so this costs little.
     */
    private static final int IN_FLIGHT = 1;

    /** More, and idempotence keeps no order. */
    private static final int MAX_IN_FLIGHT = 5;

    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry(ProducerConfig.CLIENT_ID_CONFIG, CLIENT_ID),
            Map.entry(ProducerConfig.LINGER_MS_CONFIG, 5L),
            Map.entry(ProducerConfig.BATCH_SIZE_CONFIG, 128 * 1024),
            Map.entry(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd"),
            // Each batch has a compressor of its own, whose tables at the default level 3 cost more to set up than a
            // small batch to compress.
            Map.entry(ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG, 1),
            Map.entry(ProducerConfig.BUFFER_MEMORY_CONFIG, 16L << 20),
            // How long one send() may hold the publish thread; it keeps the record and tries again.
            Map.entry(ProducerConfig.MAX_BLOCK_MS_CONFIG, 500L),
            Map.entry(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000),
            // An outage makes send() block and fail, which costs the publish loop nothing; in return an agent finds a
            // cluster again that came back at other addresses. ("none" would keep asking the old ones.)
            Map.entry(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, "rebootstrap"),
            Map.entry(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false),
            // The agent has its own metrics; JMX beans would only clash when a producer replaces another.
            Map.entry(ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG, ""));

    private static final Map<String, Object> FIXED = Map.of(
            ProducerConfig.ACKS_CONFIG,
            "all",
            // Explicitly: a conflicting setting then fails instead of switching it off in silence.
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            ProducerConfig.RETRIES_CONFIG,
            Integer.MAX_VALUE,
            // A batch that expired during an outage would be overtaken by those behind it.
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
            Integer.MAX_VALUE,
            ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG,
            false);

    private static final String[] FORBIDDEN = {
        ProducerConfig.PARTITIONER_CLASS_CONFIG,
        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
        ProducerConfig.TRANSACTION_TWO_PHASE_COMMIT_ENABLE_CONFIG,
        ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
        ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG
    };

    private ProducerSettings() {}

    /** For the producer, serializers apart. */
    public static Map<String, Object> producer(Map<String, ?> given) {
        OAuthUrls.allow(given);
        Map<String, Object> settings = new HashMap<>(DEFAULTS);
        settings.putAll(given);
        settings.putAll(FIXED);
        for (String key : FORBIDDEN) {
            settings.remove(key);
        }
        settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, inFlight(given));
        return settings;
    }

    /** For an admin client that reaches the same cluster with the same rights. */
    static Map<String, Object> admin(Map<String, ?> given) {
        OAuthUrls.allow(given);
        Map<String, Object> settings = new HashMap<>(given);
        settings.keySet().retainAll(AdminClientConfig.configNames());
        settings.put(
                AdminClientConfig.CLIENT_ID_CONFIG,
                given.containsKey(AdminClientConfig.CLIENT_ID_CONFIG)
                        ? given.get(AdminClientConfig.CLIENT_ID_CONFIG) + "-admin"
                        : CLIENT_ID + "-admin");
        settings.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
        // No longer than a whole call may take, whatever the producer's is.
        settings.put(
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                settings.get(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG));
        settings.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        settings.put(AdminClientConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
        return settings;
    }

    private static int inFlight(Map<String, ?> given) {
        Object value = given.get(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION);
        if (value == null) {
            return IN_FLIGHT;
        }
        try {
            return Math.min(MAX_IN_FLIGHT, Integer.parseInt(value.toString().strip()));
        } catch (NumberFormatException e) {
            throw new ConfigException(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, value, "must be a number");
        }
    }
}
