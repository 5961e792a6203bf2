// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.processsignals.agent.capture.CaptureObserver;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.log.EventLog;
import io.processsignals.common.signal.SignalMask;
import io.processsignals.common.signal.Signals;
import io.processsignals.events.EventType;
import io.processsignals.events.LossStage;
import io.processsignals.events.OomConstraint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Every meter and label of the agent. Names are API: alerts and dashboards are written against them.
 *
 * <p>Series exist at 0 from the start, since {@code increase()} does not see a counter that is born at 1; only exit
 * codes and signals that hardly ever happen appear when they do. What the capture thread counts is counted in plain
 * adders and read when somebody scrapes: it allocates nothing once a series exists. Methods may be called by any thread
 * unless they say otherwise.
 *
 * <p>Counting works from the start; {@link #bindTo} shows the meters once there is a registry, which takes long enough
 * to be kept off the way to the first event.
 */
public final class AgentMetrics implements MeterBinder, CaptureObserver {
    public static final String EVENTS_PROCESSED = "runtime.events.processed";
    public static final String PROCESS_EXITS = "runtime.process.exits";
    public static final String SIGNALS_SENT = "runtime.signals.sent";
    public static final String OOM_KILLS = "runtime.oom.kills";
    public static final String EVENTS_LOST = "runtime.events.lost";
    public static final String SPOOL_BYTES = "runtime.spool.bytes";
    public static final String SPOOL_LIMIT = "runtime.spool.limit";
    public static final String SPOOL_AGE = "runtime.spool.age";
    public static final String PREVIOUS_DIED = "runtime.previous.agent.died";
    public static final String PINNED_REPLACED = "runtime.pinned.programs.replaced";
    public static final String CLOCK_STEPS = "runtime.clock.steps";
    public static final String TOPIC_PARTITIONS = "runtime.topic.partitions";
    public static final String PROBE_ATTACHED = "runtime.probe.attached";
    public static final String DEGRADED = "runtime.degraded";
    public static final String DEGRADED_SINCE = "runtime.degraded.since";
    public static final String SPOOL_DAMAGED = "runtime.spool.damaged.bytes";
    public static final String TIMESTAMPS_CLAMPED = "runtime.publish.timestamps.clamped";
    public static final String PUBLISH_RECORDS = "runtime.publish.records";
    public static final String PUBLISH_BYTES = "runtime.publish.bytes";
    public static final String PUBLISH_ERRORS = "runtime.publish.errors";
    public static final String PUBLISH_RETRIES = "runtime.publish.retries";
    public static final String PUBLISH_LATENCY = "runtime.publish.latency";
    public static final String REGISTRY_ERRORS = "runtime.registry.errors";

    public static final String EVENT_TYPE_LABEL = "event_type";
    public static final String EXIT_CODE_LABEL = "exit_code";
    public static final String SIGNAL_LABEL = "signal";
    public static final String SENDER_LABEL = "sender";
    public static final String SCOPE_LABEL = "scope";
    public static final String STAGE_LABEL = "stage";
    public static final String HOOK_LABEL = "hook";
    public static final String PART_LABEL = "part";
    public static final String REASON_LABEL = "reason";

    /** A shell shows 0 to 255. */
    private static final int EXIT_CODES = 256;

    private static final int SIGNALED = 128;
    private static final int LAST_STANDARD_SIGNAL = 31;
    private static final int[] USUAL_EXIT_CODES = {0, 1, 2, 126, 127, 255};

    private final Map<EventType, LongAdder> processed;
    private final @Nullable LongAdder[] exits = new LongAdder[EXIT_CODES];
    private final @Nullable Map<SenderClass, LongAdder>[] signals = newSignals();
    private final Map<OomConstraint, LongAdder> oomKills;
    private final Map<LossStage, Map<EventType, LongAdder>> lost;
    private final Map<PublishError, LongAdder> publishErrors;
    private final LongAdder published;
    private final LongAdder publishedBytes;
    private final LongAdder retried;
    private final LongAdder registryErrors;
    private final LongAdder timestampsClamped;
    private final LongAdder spoolDamaged;
    private final LongAdder clockSteps;
    private volatile long previousDiedSeconds;
    private volatile boolean pinnedReplaced;
    private volatile int topicPartitions;
    private volatile @Nullable Timer publishLatency;

    /** Guarded by this, like the list of what waits for it. */
    private @Nullable MeterRegistry registry;

    private final List<MeterBinder> unbound = new ArrayList<>();

    /** @param signalMask signals that are reported: these have their series from the start */
    @SuppressWarnings("this-escape")
    public AgentMetrics(long signalMask) {
        processed = each(
                EventType.class,
                type -> counter(
                        EVENTS_PROCESSED,
                        "Events written to the log between capture and Kafka",
                        EVENT_TYPE_LABEL,
                        label(type)));
        for (int code : USUAL_EXIT_CODES) {
            exits(code);
        }
        for (int signal = 1; signal <= LAST_STANDARD_SIGNAL; signal++) {
            if (SignalMask.contains(signalMask, signal)) {
                signals(signal);
                if (SignalMask.contains(SignalMask.FATAL, signal)) {
                    exits(SIGNALED + signal);
                }
            }
        }
        oomKills = each(
                OomConstraint.class,
                scope -> counter(OOM_KILLS, "Victims of the OOM killer", SCOPE_LABEL, label(scope)));
        lost = each(LossStage.class, stage -> each(EventType.class, type -> lostCounter(stage, type)));
        publishErrors = each(
                PublishError.class,
                error -> counter(PUBLISH_ERRORS, "Failed attempts to write to Kafka", REASON_LABEL, label(error)));
        published = counter(PUBLISH_RECORDS, "Records acknowledged by Kafka");
        publishedBytes = counter(PUBLISH_BYTES, "Bytes of keys and values acknowledged by Kafka");
        retried = counter(
                PUBLISH_RETRIES, "Records sent again: a connection broke, a leader moved or a broker did not answer");
        registryErrors = counter(REGISTRY_ERRORS, "Failed requests to the schema registry");
        timestampsClamped = counter(
                TIMESTAMPS_CLAMPED, "Records sent with an earlier timestamp than their event's, which brokers refuse");
        spoolDamaged = counter(SPOOL_DAMAGED, "Bytes of the spool that could not be read");
        clockSteps = counter(CLOCK_STEPS, "Steps of the node's wall clock");
        show(Gauge.builder(PREVIOUS_DIED, this, metrics -> metrics.previousDiedSeconds)
                .description(
                        "Unix time at which the agent before this one, which did not end in order, last wrote to the"
                                + " spool; 0 if it ended in order")
                .baseUnit("seconds")::register);
        show(
                Gauge.builder(PINNED_REPLACED, this, metrics -> metrics.pinnedReplaced ? 1 : 0)
                                .description(
                                        "1 if the pinned programs of another build or configuration were replaced at start")
                        ::register);
        show(Gauge.builder(TOPIC_PARTITIONS, this, metrics -> metrics.topicPartitions)
                .description("Partitions of the topic; 0 before it was seen")::register);
        show(meters -> publishLatency = latencyTimer(meters));
    }

    /** Shows the meters there; once. */
    @Override
    public synchronized void bindTo(MeterRegistry meters) {
        if (registry != null) {
            throw new IllegalStateException("already bound");
        }
        registry = meters;
        unbound.forEach(meter -> meter.bindTo(meters));
        unbound.clear();
    }

    /** Counts by what the event says. */
    @Override
    public void processed(MutableEvent event) {
        at(processed, event.eventType).increment();
        switch (event.eventType) {
            case PROCESS_EXIT -> exits(event.exitInfo.code & (EXIT_CODES - 1)).increment();
            case SIGNAL_SENT -> {
                if (Signals.isSignal(event.signalInfo.signal)) {
                    at(signals(event.signalInfo.signal), SenderClass.of(event)).increment();
                }
            }
            case OOM_KILL -> at(oomKills, event.oomInfo.constraint).increment();
            default -> {
                // Counted by type alone
            }
        }
    }

    @Override
    public void processed(EventType type) {
        at(processed, type).increment();
    }

    @Override
    public void lost(LossStage stage, EventType type, long count) {
        at(at(lost, stage), type).add(count);
    }

    /**
     * Kafka has acknowledged records.
     *
     * @param timestampsMicros of their events; more may lie behind these
     * @param count how many, from the first element on
     * @param bytes of keys and values
     * @param nowMicros the time by the same clock, which may have been set back
     */
    public void published(long[] timestampsMicros, int count, long bytes, long nowMicros) {
        published.add(count);
        publishedBytes.add(bytes);
        Timer timer = publishLatency;
        if (timer != null) {
            for (int i = 0; i < count; i++) {
                timer.record(Math.max(0, nowMicros - timestampsMicros[i]), TimeUnit.MICROSECONDS);
            }
        }
    }

    public void publishError(PublishError error) {
        at(publishErrors, error).increment();
    }

    /** Records were sent again. */
    public void retried(long records) {
        retried.add(records);
    }

    /** A record's timestamp was brought back to what brokers take. */
    public void timestampClamped() {
        timestampsClamped.increment();
    }

    /** Bytes of the spool that cannot be read. */
    public void spoolDamaged(long bytes) {
        spoolDamaged.add(bytes);
    }

    /** The agent before this one did not end in order. */
    public void previousAgentDied(Instant lastWritten) {
        previousDiedSeconds = lastWritten.getEpochSecond();
    }

    @Override
    public void pinnedProgramsReplaced() {
        pinnedReplaced = true;
    }

    @Override
    public void clockStepped() {
        clockSteps.increment();
    }

    /** The topic has so many. */
    public void topicPartitions(int count) {
        topicPartitions = count;
    }

    public void registryError() {
        registryErrors.increment();
    }

    /** Shows how much waits between capture and Kafka. */
    public void bind(EventLog log) {
        show(Gauge.builder(SPOOL_BYTES, log, EventLog::bytes)
                .description("Bytes captured and not yet acknowledged by Kafka")
                .baseUnit("bytes")::register);
        if (log.limitBytes() > 0) {
            show(Gauge.builder(SPOOL_LIMIT, log, EventLog::limitBytes)
                    .description("Bytes that the spool's files may take: spool.max.bytes")
                    .baseUnit("bytes")::register);
        }
        show(Gauge.builder(SPOOL_AGE, log, AgentMetrics::ageSeconds)
                .description("Age of the oldest event not yet acknowledged by Kafka")
                .baseUnit("seconds")::register);
    }

    /** Shows which hooks are attached. */
    public void bind(List<HookStatus> hooks) {
        for (HookStatus hook : hooks) {
            show(Gauge.builder(PROBE_ATTACHED, hook, status -> status.attached() ? 1 : 0)
                    .description("1 if the kernel hook is attached")
                    .tags(HOOK_LABEL, hook.hook())
                    .strongReference(true)::register);
        }
    }

    /** Shows which parts do not work. */
    public void bind(AgentHealth health) {
        for (AgentHealth.Part part : AgentHealth.Part.values()) {
            show(Gauge.builder(DEGRADED, health, status -> status.isDegraded(part) ? 1 : 0)
                    .description("1 if this part of the agent does not work; /readyz says why")
                    .tags(PART_LABEL, label(part))::register);
            show(Gauge.builder(DEGRADED_SINCE, health, status -> sinceSeconds(status, part))
                    .description("Unix time since when this part of the agent does not work; 0 while it does")
                    .baseUnit("seconds")
                    .tags(PART_LABEL, label(part))::register);
        }
    }

    private static double sinceSeconds(AgentHealth health, AgentHealth.Part part) {
        AgentHealth.Problem problem = health.problem(part);
        return problem == null ? 0 : problem.since().getEpochSecond();
    }

    /** Lower snake case, as every label value is. */
    static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private LongAdder exits(int code) {
        LongAdder adder = exits[code];
        if (adder == null) {
            adder = counter(PROCESS_EXITS, "Processes that ended", EXIT_CODE_LABEL, Integer.toString(code));
            exits[code] = adder;
        }
        return adder;
    }

    private Map<SenderClass, LongAdder> signals(int signal) {
        Map<SenderClass, LongAdder> bySender = signals[signal];
        if (bySender == null) {
            bySender = each(
                    SenderClass.class,
                    sender -> counter(
                            SIGNALS_SENT,
                            "Signals generated",
                            SIGNAL_LABEL,
                            Signals.name(signal),
                            SENDER_LABEL,
                            label(sender)));
            signals[signal] = bySender;
        }
        return bySender;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static @Nullable Map<SenderClass, LongAdder>[] newSignals() {
        return new Map[Signals.MAX + 1];
    }

    private LongAdder lostCounter(LossStage stage, EventType type) {
        return counter(
                EVENTS_LOST,
                "Events that were seen and will not reach the topic",
                STAGE_LABEL,
                label(stage),
                EVENT_TYPE_LABEL,
                label(type));
    }

    /** A value for every constant. */
    private static <E extends Enum<E>, V> Map<E, V> each(Class<E> type, Function<E, V> value) {
        Map<E, V> map = new EnumMap<>(type);
        for (E constant : EnumSet.allOf(type)) {
            map.put(constant, value.apply(constant));
        }
        return map;
    }

    private static <E, V> V at(Map<E, V> each, E key) {
        return Objects.requireNonNull(each.get(key));
    }

    private LongAdder counter(String name, String description, String... labels) {
        LongAdder adder = new LongAdder();
        show(FunctionCounter.builder(name, adder, LongAdder::doubleValue)
                .description(description)
                .tags(labels)::register);
        return adder;
    }

    private synchronized void show(MeterBinder meter) {
        if (registry == null) {
            unbound.add(meter);
        } else {
            meter.bindTo(registry);
        }
    }

    private static Timer latencyTimer(MeterRegistry meters) {
        return Timer.builder(PUBLISH_LATENCY)
                .description("From an event in the kernel to Kafka's acknowledgement")
                .serviceLevelObjectives(
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1))
                .register(meters);
    }

    private static double ageSeconds(EventLog log) {
        long oldest = log.oldestTimestampMicros();
        if (oldest == 0) {
            return 0;
        }
        long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        return Math.max(0, now - oldest) / 1e6;
    }
}
