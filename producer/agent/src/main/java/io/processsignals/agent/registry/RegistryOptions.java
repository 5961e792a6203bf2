// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.registry;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.types.Password;

/**
 * Where the schema registry is and how to be let in.
 *
 * @param urls base URLs, tried in order, without user information
 * @param autoRegister register the schema if the registry does not have it
 * @param basicAuth {@code user:password}
 * @param bearerToken used if there is no {@code basicAuth}
 * @param ssl {@code ssl.*} as Kafka's clients name them (PEM, JKS, PKCS12); empty: the JVM's defaults
 * @param connectTimeout for one connection
 * @param requestTimeout for one request, connection and body included
 */
public record RegistryOptions(
        List<URI> urls,
        boolean autoRegister,
        Optional<Password> basicAuth,
        Optional<Password> bearerToken,
        Map<String, Object> ssl,
        Duration connectTimeout,
        Duration requestTimeout) {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    public RegistryOptions {
        urls = List.copyOf(urls);
        ssl = Map.copyOf(ssl);
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("registry.url is empty: give the URL of the schema registry");
        }
    }

    /**
     * Options with automatic registration, no credentials and the JVM's TLS settings. User information in a URL becomes
     * basic authentication and is taken out of the URL, so that no message can show it.
     *
     * @throws IllegalArgumentException if there is no URL, or one that is none; the message does not repeat it
     */
    public static RegistryOptions of(List<String> urls) {
        List<URI> bare = new ArrayList<>();
        Optional<Password> userInfo = Optional.empty();
        for (String text : urls) {
            URI url = parse(text);
            if (url.getUserInfo() != null) {
                userInfo = userInfo.or(() -> Optional.of(new Password(url.getUserInfo())));
            }
            bare.add(URI.create(url.getScheme() + "://" + hostAndPort(url) + path(url)));
        }
        return new RegistryOptions(bare, true, userInfo, Optional.empty(), Map.of(), CONNECT_TIMEOUT, REQUEST_TIMEOUT);
    }

    public RegistryOptions withAutoRegister(boolean register) {
        return new RegistryOptions(urls, register, basicAuth, bearerToken, ssl, connectTimeout, requestTimeout);
    }

    public RegistryOptions withBasicAuth(Password userAndPassword) {
        return new RegistryOptions(
                urls, autoRegister, Optional.of(userAndPassword), bearerToken, ssl, connectTimeout, requestTimeout);
    }

    public RegistryOptions withBearerToken(Password token) {
        return new RegistryOptions(
                urls, autoRegister, basicAuth, Optional.of(token), ssl, connectTimeout, requestTimeout);
    }

    public RegistryOptions withSsl(Map<String, Object> configs) {
        return new RegistryOptions(urls, autoRegister, basicAuth, bearerToken, configs, connectTimeout, requestTimeout);
    }

    public RegistryOptions withTimeouts(Duration connect, Duration request) {
        return new RegistryOptions(urls, autoRegister, basicAuth, bearerToken, ssl, connect, request);
    }

    private static URI parse(String text) {
        URI url;
        try {
            url = new URI(text.strip());
        } catch (URISyntaxException e) {
            // Neither the cause nor the text: both would repeat a password in it.
            throw new IllegalArgumentException("registry.url: not a URL, at character " + (e.getIndex() + 1)
                    + "; use something like http://host:8081");
        }
        boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!http || url.getHost() == null) {
            throw new IllegalArgumentException(
                    "registry.url: not an http:// or https:// URL with a host; use something like http://host:8081");
        }
        return url;
    }

    private static String hostAndPort(URI url) {
        return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
    }

    private static String path(URI url) {
        String path = url.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
