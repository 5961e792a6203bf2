// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.processsignals.agent.config.AgentConfig;

/** The registries behind the meters: Prometheus, OTLP beside it where configured, and the JVM's own meters in both. */
public final class Meters implements AutoCloseable {
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MeterRegistry all;
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    /** @param node its name, an attribute of what OTLP sends */
    public Meters(AgentConfig config, String node, AgentMetrics metrics) {
        this.all = config.otlpEnabled() ? withOtlp(config, node) : prometheus;
        metrics.bindTo(all);
        new JvmInfoMetrics().bindTo(all);
        new JvmMemoryMetrics().bindTo(all);
        new JvmThreadMetrics().bindTo(all);
        new ClassLoaderMetrics().bindTo(all);
        new ProcessorMetrics().bindTo(all);
        new UptimeMetrics().bindTo(all);
        new FileDescriptorMetrics().bindTo(all);
        garbageCollection.bindTo(all);
    }

    /** Everything in Prometheus' text format 0.0.4. */
    public String scrape() {
        return prometheus.scrape();
    }

    /** Sends what OTLP has not sent yet. */
    @Override
    public void close() {
        garbageCollection.close();
        all.close();
        prometheus.close();
    }

    private MeterRegistry withOtlp(AgentConfig config, String node) {
        CompositeMeterRegistry both = new CompositeMeterRegistry();
        both.add(prometheus);
        both.add(OtlpMeters.open(config, node));
        return both;
    }
}
