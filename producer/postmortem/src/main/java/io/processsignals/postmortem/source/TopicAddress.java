// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import java.util.Map;

/**
 * Where a topic is.
 *
 * @param bootstrapServers {@code host:port}, several separated by commas
 * @param topic its name
 * @param clientConfig properties of the Kafka client, for example of TLS and SASL
 */
public record TopicAddress(String bootstrapServers, String topic, Map<String, String> clientConfig) {
    public static final String DEFAULT_TOPIC = "process-signals.events.v1";

    public TopicAddress {
        clientConfig = Map.copyOf(clientConfig);
    }
}
