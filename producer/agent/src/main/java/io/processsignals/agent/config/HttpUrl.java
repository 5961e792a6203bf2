// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import java.net.URI;
import java.net.URISyntaxException;
import org.apache.kafka.common.config.ConfigException;

/** Checks a URL without ever repeating what may be a password in it. */
final class HttpUrl {
    private HttpUrl() {}

    static void check(String key, String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw new ConfigException(
                    key + ": not a URL, at character " + (e.getIndex() + 1) + "; use something like http://host:8081");
        }
        if (url.getRawUserInfo() != null) {
            throw new ConfigException(key + ": a URL must not hold a user or password; use "
                    + (key.startsWith(AgentConfig.REGISTRY_PREFIX)
                            ? AgentConfig.REGISTRY_BASIC_AUTH_USER_INFO_CONFIG
                            : AgentConfig.METRICS_OTLP_HEADERS_CONFIG));
        }
        boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!http || url.getHost() == null) {
            throw new ConfigException(key + ": '" + text + "' is no http:// or https:// URL with a host");
        }
    }
}
