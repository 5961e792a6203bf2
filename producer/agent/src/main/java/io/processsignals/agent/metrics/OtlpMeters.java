// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.processsignals.agent.config.AgentConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** Apart from {@link Meters}, so that OTLP's classes are loaded only where it is configured. */
final class OtlpMeters {
    private OtlpMeters() {}

    static MeterRegistry open(AgentConfig config, String node) {
        return new OtlpMeterRegistry(new Otlp(config, node), Clock.SYSTEM);
    }

    private record Otlp(AgentConfig config, String node) implements OtlpConfig {
        @Override
        public @Nullable String get(String key) {
            return null; // no other source of settings than ours
        }

        @Override
        public String url() {
            return config.otlpUrl();
        }

        @Override
        public Duration step() {
            return config.otlpInterval();
        }

        @Override
        public Map<String, String> headers() {
            return parse(config.otlpHeaders().map(Password::value).orElse(""));
        }

        @Override
        public Map<String, String> resourceAttributes() {
            Map<String, String> attributes = new HashMap<>();
            attributes.put("service.name", "process-signals");
            attributes.put("k8s.node.name", node);
            config.clusterName().ifPresent(name -> attributes.put("k8s.cluster.name", name));
            return attributes;
        }
    }

    static Map<String, String> parse(String headers) {
        Map<String, String> parsed = new HashMap<>();
        for (String header : headers.split(",")) {
            int equals = header.indexOf('=');
            if (equals > 0) {
                parsed.put(
                        header.substring(0, equals).strip(),
                        header.substring(equals + 1).strip());
            }
        }
        return parsed;
    }
}
