// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.publish;

import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * Kafka's clients ask for a token only at URLs that a system property lists, since a client's settings may come from
 * somebody else. The agent's come from its own configuration, so what stands there is allowed.
 */
final class OAuthUrls {
    private static final String ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

    private OAuthUrls() {}

    /** @param kafka settings of a client */
    static synchronized void allow(Map<String, ?> kafka) {
        Object url = kafka.get(SaslConfigs.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
        String allowed = System.getProperty(ALLOWED, "");
        if (url instanceof String text && !Arrays.asList(allowed.split(",")).contains(text)) {
            System.setProperty(ALLOWED, allowed.isEmpty() ? text : allowed + "," + text);
        }
    }
}
