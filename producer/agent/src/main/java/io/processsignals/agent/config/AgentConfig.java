// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.config;

import io.processsignals.agent.assemble.ArgumentPolicy;
import io.processsignals.agent.capture.CaptureOptions;
import io.processsignals.common.spool.SpoolOptions;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the agent can be told. Immutable and complete: what is not given has its default, and an object of
 * this class exists only if every key and value was valid.
 *
 * <p>Keys come from one properties file and from environment variables, which win: {@code PROCESS_SIGNALS_} and the key
 * in upper case, with {@code .} as {@code _} ({@code _} as {@code __} and {@code -} as {@code ___}, which only
 * pass-through keys need). A value, or a part of it, can be taken from elsewhere by Kafka's configuration providers:
 * <code>${file:/path/of.properties:key}</code>, <code>${dir:/folder:file}</code>, <code>${env:VARIABLE}</code>.
 *
 * <p>Keys that begin with {@value #KAFKA_PREFIX} go to the Kafka producer, those that begin with
 * {@value #REGISTRY_PREFIX} to the schema registry client. Secrets are {@link Password}s and never appear in
 * {@link #toString}.
 */
public final class AgentConfig {
    public static final String KAFKA_PREFIX = "kafka.";
    public static final String REGISTRY_PREFIX = "registry.";
    public static final String ENVIRONMENT_PREFIX = "PROCESS_SIGNALS_";

    public static final String KAFKA_BOOTSTRAP_SERVERS_CONFIG = "kafka.bootstrap.servers";

    public static final String NODE_NAME_CONFIG = "node.name";
    public static final String NODE_NAME_DOC =
            "Name of this node in every event. If empty, the environment variable NODE_NAME, else the host name.";
    public static final String NODE_NAME_DEFAULT = "";

    public static final String CLUSTER_NAME_CONFIG = "cluster.name";
    public static final String CLUSTER_NAME_DOC = "Name of the cluster in every event. If empty, events carry none.";
    public static final String CLUSTER_NAME_DEFAULT = "";

    public static final String TOPIC_NAME_CONFIG = "topic.name";
    public static final String TOPIC_NAME_DOC = "Topic that events are written to.";
    public static final String TOPIC_NAME_DEFAULT = "process-signals.events.v1";

    public static final String TOPIC_CREATE_CONFIG = "topic.create";
    public static final String TOPIC_CREATE_DOC =
            "Create the topic if it is missing. Needs the right to create topics; a fleet's topic is better made once.";
    public static final boolean TOPIC_CREATE_DEFAULT = false;

    public static final String TOPIC_PARTITIONS_CONFIG = "topic.partitions";
    public static final String TOPIC_PARTITIONS_DOC = "Partitions of the topic, if the agent creates it.";
    public static final int TOPIC_PARTITIONS_DEFAULT = 12;

    public static final String TOPIC_REPLICATION_FACTOR_CONFIG = "topic.replication.factor";
    public static final String TOPIC_REPLICATION_FACTOR_DOC =
            "Replicas of each partition, if the agent creates the topic; min.insync.replicas is one less, at least 1.";
    public static final int TOPIC_REPLICATION_FACTOR_DEFAULT = 3;

    public static final String TOPIC_RETENTION_MS_CONFIG = "topic.retention.ms";
    public static final String TOPIC_RETENTION_MS_DOC =
            "How long the topic keeps events, milliseconds, if the agent creates it; -1: for ever.";
    public static final long TOPIC_RETENTION_MS_DEFAULT = Duration.ofDays(7).toMillis();

    public static final String BUFFER_SIZE_CONFIG = "buffer.size";
    public static final String BUFFER_SIZE_DOC =
            "Events held in memory between capture and Kafka (or the caller of Collector.events()). "
                    + "What does not fit is dropped, counted and reported as EVENTS_LOST.";
    public static final int BUFFER_SIZE_DEFAULT = 10_000;

    public static final String EBPF_ENABLED_CONFIG = "ebpf.enabled";
    public static final String EBPF_ENABLED_DOC = "Observe the kernel. If false, the agent runs but sees nothing.";
    public static final boolean EBPF_ENABLED_DEFAULT = true;

    public static final String EBPF_REQUIRED_CONFIG = "ebpf.required";
    public static final String EBPF_REQUIRED_DOC =
            "End with exit code 3 if the kernel cannot be observed, instead of staying up and saying why.";
    public static final boolean EBPF_REQUIRED_DEFAULT = false;

    public static final String EBPF_RING_BYTES_CONFIG = "ebpf.ring.bytes";
    public static final String EBPF_RING_BYTES_DOC =
            "Size of the kernel's ring buffer in bytes: a power of two and a multiple of the page size. It bridges the "
                    + "time that a storm leaves the agent no processor; with ebpf.pin it also holds what happens while "
                    + "the agent restarts: events a second x 200 bytes x seconds, and a third more, since the last "
                    + "quarter is kept for deaths. The agent's log says after a restart how much that was.";
    public static final int EBPF_RING_BYTES_DEFAULT = 2 * 1024 * 1024;

    public static final String EBPF_PIN_CONFIG = "ebpf.pin";
    public static final String EBPF_PIN_DOC =
            "Keep the programs in the kernel when the agent ends: the next one goes on where it left off, and what the "
                    + "ring buffer could hold meanwhile is not lost. 'process-signals unpin' removes them.";
    public static final boolean EBPF_PIN_DEFAULT = false;

    public static final String EBPF_PIN_FOLDER_CONFIG = "ebpf.pin.folder";
    public static final String EBPF_PIN_FOLDER_DOC = "Folder in a bpf file system for pinned programs.";
    public static final String EBPF_PIN_FOLDER_DEFAULT = "/sys/fs/bpf/process-signals";

    public static final String EBPF_PIN_QUIET_SECONDS_CONFIG = "ebpf.pin.quiet.seconds";
    public static final String EBPF_PIN_QUIET_SECONDS_DOC =
            "Pinned programs fall silent when no agent has lived for so long; 0: never.";
    public static final int EBPF_PIN_QUIET_SECONDS_DEFAULT = 600;

    public static final String RATE_LIMIT_EVENTS_CONFIG = "rate.limit.events";
    public static final String RATE_LIMIT_EVENTS_DOC =
            "Execs, clean exits and harmless signals that one cgroup may report a second; more are held back in the "
                    + "kernel and told as EVENTS_SUPPRESSED. Deaths by signal, abnormal exits, OOM kills and lethal "
                    + "signals have no limit. 0: no limit at all.";
    public static final int RATE_LIMIT_EVENTS_DEFAULT = 1000;

    public static final String RATE_LIMIT_BURST_CONFIG = "rate.limit.burst";
    public static final String RATE_LIMIT_BURST_DOC = "How many of them at once above that.";
    public static final int RATE_LIMIT_BURST_DEFAULT = 5000;

    public static final String PROCESSES_RUNNING_CONFIG = "processes.running";
    public static final String PROCESSES_RUNNING_DOC =
            "Report at start which processes live already (PROCESS_RUNNING), so that their deaths are complete.";
    public static final boolean PROCESSES_RUNNING_DEFAULT = true;

    public static final String SPOOL_ENABLED_CONFIG = "spool.enabled";
    public static final String SPOOL_ENABLED_DOC =
            "Keep events on disk until Kafka has them. If false, only buffer.size events survive an outage of Kafka, "
                    + "and none the end of the agent.";
    public static final boolean SPOOL_ENABLED_DEFAULT = true;

    public static final String SPOOL_DIR_CONFIG = "spool.dir";
    public static final String SPOOL_DIR_DOC = "Folder of the spool, for this agent alone.";
    public static final String SPOOL_DIR_DEFAULT = "/var/lib/process-signals/spool";

    public static final String SPOOL_MAX_BYTES_CONFIG = "spool.max.bytes";
    public static final String SPOOL_MAX_BYTES_DOC =
            "Disk space of the spool. When it is full, the oldest bulk events go first, deaths last; all are counted.";
    public static final long SPOOL_MAX_BYTES_DEFAULT = 512L << 20;

    public static final String SPOOL_SEGMENT_BYTES_CONFIG = "spool.segment.bytes";
    public static final String SPOOL_SEGMENT_BYTES_DOC = "Size of one spool file.";
    public static final int SPOOL_SEGMENT_BYTES_DEFAULT = 8 << 20;

    public static final String SPOOL_MAX_AGE_MS_CONFIG = "spool.max.age.ms";
    public static final String SPOOL_MAX_AGE_MS_DOC =
            "Bulk events that wait longer are dropped, milliseconds; deaths are kept four times as long.";
    public static final long SPOOL_MAX_AGE_MS_DEFAULT = Duration.ofDays(7).toMillis();

    /** Times as long as others. */
    private static final int DEATHS_KEPT = 4;

    public static final String SPOOL_SYNC_MS_CONFIG = "spool.sync.ms";
    public static final String SPOOL_SYNC_MS_DOC =
            "What a power loss may cost, milliseconds; 0: every batch is synced before the next. The death of the agent "
                    + "costs nothing whatever this is.";
    public static final long SPOOL_SYNC_MS_DEFAULT = 1000;

    public static final String SIGNALS_MASK_CONFIG = "signals.mask";
    public static final String SIGNALS_MASK_DOC =
            "Signals to report, applied in the kernel: 'fatal' (all whose default action ends the process), 'all', "
                    + "or names, numbers and ranges separated by commas.";
    public static final String SIGNALS_MASK_DEFAULT = "fatal";

    public static final String SIGNALS_DELIVERED_CONFIG = "signals.delivered";
    public static final String SIGNALS_DELIVERED_DOC =
            "Also report when a reported signal reaches its process (SIGNAL_DELIVERED).";
    public static final boolean SIGNALS_DELIVERED_DEFAULT = true;

    public static final String EXEC_ARGS_CONFIG = "exec.args";
    public static final String EXEC_ARGS_DOC =
            "Arguments in PROCESS_EXEC events: 'redacted' hides values that look like secrets, 'full' hides nothing, "
                    + "'off' does not read them. The environment of a process is never read.";
    public static final String EXEC_ARGS_DEFAULT = "redacted";

    public static final String EXEC_ARGS_MAX_BYTES_CONFIG = "exec.args.max.bytes";
    public static final String EXEC_ARGS_MAX_BYTES_DOC = "Bytes of arguments kept; more are cut off and marked.";
    public static final int EXEC_ARGS_MAX_BYTES_DEFAULT = 1024;

    public static final String VALUE_SERIALIZER_CONFIG = "value.serializer";
    public static final String VALUE_SERIALIZER_DOC =
            "Class of the value serializer, for example io.confluent.kafka.serializers.KafkaAvroSerializer. "
                    + "If empty, the built-in encoder, which writes the same bytes faster.";
    public static final String VALUE_SERIALIZER_DEFAULT = "";

    public static final String PLUGIN_PATH_CONFIG = "plugin.path";
    public static final String PLUGIN_PATH_DOC = "Folder with the jars of value.serializer.";
    public static final String PLUGIN_PATH_DEFAULT = "";

    public static final String REGISTRY_URL_CONFIG = "registry.url";
    public static final String REGISTRY_URL_DOC =
            "URLs of the schema registry (Confluent's API), separated by commas and tried in order.";
    public static final String REGISTRY_URL_DEFAULT = "";

    public static final String REGISTRY_AUTO_REGISTER_CONFIG = "registry.auto.register";
    public static final String REGISTRY_AUTO_REGISTER_DOC =
            "Register the schema if the registry does not have it. If false, it must have been registered before.";
    public static final boolean REGISTRY_AUTO_REGISTER_DEFAULT = true;

    public static final String REGISTRY_BASIC_AUTH_USER_INFO_CONFIG = "registry.basic.auth.user.info";
    public static final String REGISTRY_BASIC_AUTH_USER_INFO_DOC = "user:password for the schema registry.";

    public static final String REGISTRY_BEARER_AUTH_TOKEN_CONFIG = "registry.bearer.auth.token";
    public static final String REGISTRY_BEARER_AUTH_TOKEN_DOC = "Bearer token for the schema registry.";

    public static final String METRICS_ENABLED_CONFIG = "metrics.enabled";
    public static final String METRICS_ENABLED_DOC = "Serve /metrics, /healthz and /readyz.";
    public static final boolean METRICS_ENABLED_DEFAULT = true;

    public static final String METRICS_BIND_ADDRESS_CONFIG = "metrics.bind.address";
    public static final String METRICS_BIND_ADDRESS_DOC = "Address that the metrics endpoint listens on.";
    public static final String METRICS_BIND_ADDRESS_DEFAULT = "127.0.0.1";

    public static final String METRICS_PORT_CONFIG = "metrics.port";
    public static final String METRICS_PORT_DOC = "Port of the metrics endpoint; 0: any free one, named in the log.";
    public static final int METRICS_PORT_DEFAULT = 9464;

    public static final String METRICS_OTLP_ENABLED_CONFIG = "metrics.otlp.enabled";
    public static final String METRICS_OTLP_ENABLED_DOC = "Also send the metrics by OTLP over HTTP.";
    public static final boolean METRICS_OTLP_ENABLED_DEFAULT = false;

    public static final String METRICS_OTLP_URL_CONFIG = "metrics.otlp.url";
    public static final String METRICS_OTLP_URL_DOC = "Where to send OTLP metrics.";
    public static final String METRICS_OTLP_URL_DEFAULT = "http://127.0.0.1:4318/v1/metrics";

    public static final String METRICS_OTLP_HEADERS_CONFIG = "metrics.otlp.headers";
    public static final String METRICS_OTLP_HEADERS_DOC = "HTTP headers for OTLP: name=value separated by commas.";

    public static final String METRICS_OTLP_INTERVAL_MS_CONFIG = "metrics.otlp.interval.ms";
    public static final String METRICS_OTLP_INTERVAL_MS_DOC = "How often to send OTLP metrics, milliseconds.";
    public static final long METRICS_OTLP_INTERVAL_MS_DEFAULT = 60_000;

    public static final String THROTTLE_INTERVAL_MS_CONFIG = "throttle.interval.ms";
    public static final String THROTTLE_INTERVAL_MS_DOC =
            "How often CPU throttling of containers is read (CPU_THROTTLED), milliseconds; 0: never.";
    public static final long THROTTLE_INTERVAL_MS_DEFAULT = 10_000;

    public static final String PROC_ROOT_CONFIG = "proc.root";
    public static final String PROC_ROOT_DOC = "The node's /proc; in a container, where the host's is mounted.";
    public static final String PROC_ROOT_DEFAULT = "/proc";

    public static final String CGROUP_ROOT_CONFIG = "cgroup.root";
    public static final String CGROUP_ROOT_DOC =
            "The node's /sys/fs/cgroup; in a container, where the host's is mounted.";
    public static final String CGROUP_ROOT_DEFAULT = "/sys/fs/cgroup";

    public static final String KUBERNETES_POD_NAMES_CONFIG = "kubernetes.pod.names";
    public static final String KUBERNETES_POD_NAMES_DOC =
            "Where names of pods and containers come from: 'api' (Kubernetes, needs get, list and watch on pods), "
                    + "'logs' (names of the files in kubernetes.log.folder), 'off', or 'auto': the API inside a "
                    + "cluster, the folder where it is. Events never wait for names.";
    public static final String KUBERNETES_POD_NAMES_DEFAULT = "auto";

    public static final String KUBERNETES_POD_LABELS_CONFIG = "kubernetes.pod.labels";
    public static final String KUBERNETES_POD_LABELS_DOC =
            "Keys of the pod labels that events carry, separated by commas; only with the API.";
    public static final String KUBERNETES_POD_LABELS_DEFAULT = "app.kubernetes.io/name,app";

    public static final String KUBERNETES_LOG_FOLDER_CONFIG = "kubernetes.log.folder";
    public static final String KUBERNETES_LOG_FOLDER_DOC =
            "The node's /var/log/containers; in a container, where the host's is mounted.";
    public static final String KUBERNETES_LOG_FOLDER_DEFAULT = "/var/log/containers";

    public static final String SHUTDOWN_TIMEOUT_MS_CONFIG = "shutdown.timeout.ms";
    public static final String SHUTDOWN_TIMEOUT_MS_DOC =
            "How long to wait at the end for Kafka to take what was captured, milliseconds.";
    public static final long SHUTDOWN_TIMEOUT_MS_DEFAULT = 10_000;

    public static final String LOG_LEVEL_CONFIG = "log.level";
    public static final String LOG_LEVEL_DOC = "Least level of the log lines on stderr.";
    public static final String LOG_LEVEL_DEFAULT = "info";

    private static final String GROUP_EVENTS = "Events";
    private static final String GROUP_CAPTURE = "Capture";
    private static final String GROUP_SPOOL = "Spool";
    private static final String GROUP_KAFKA = "Kafka and registry";
    private static final String GROUP_OPERATION = "Operation";

    private static final String HIDDEN = "[hidden]";

    /** Not to be added to. */
    static final ConfigDef DEFINITION = define();

    private final Map<String, Object> values;
    private final Map<String, Object> kafka;
    private final Map<String, Object> registry;
    private final long signalMask;
    private final List<String> warnings;

    AgentConfig(
            Map<String, Object> values,
            Map<String, Object> kafka,
            Map<String, Object> registry,
            long signalMask,
            List<String> warnings) {
        this.values = values;
        this.kafka = kafka;
        this.registry = registry;
        this.signalMask = signalMask;
        this.warnings = warnings;
    }

    /**
     * Reads a properties file and the environment.
     *
     * @throws ConfigurationException naming everything that is wrong
     */
    public static AgentConfig load(Path file) {
        return ConfigLoader.load(Optional.of(file), System.getenv());
    }

    /**
     * Takes the environment alone.
     *
     * @throws ConfigurationException naming everything that is wrong
     */
    public static AgentConfig fromEnvironment() {
        return ConfigLoader.load(Optional.empty(), System.getenv());
    }

    /**
     * Takes these keys and nothing else; for an application that embeds the collector.
     *
     * @throws ConfigurationException naming everything that is wrong
     */
    public static AgentConfig of(Map<String, String> properties) {
        return ConfigLoader.of(properties, System.getenv());
    }

    /** The definition of every key but the pass-through ones; a new copy. */
    public static ConfigDef configDef() {
        return new ConfigDef(DEFINITION);
    }

    private static ConfigDef define() {
        Groups def = new Groups();
        def.group(GROUP_EVENTS)
                .define(
                        NODE_NAME_CONFIG,
                        ConfigDef.Type.STRING,
                        NODE_NAME_DEFAULT,
                        null,
                        Importance.HIGH,
                        NODE_NAME_DOC)
                .define(
                        CLUSTER_NAME_CONFIG,
                        ConfigDef.Type.STRING,
                        CLUSTER_NAME_DEFAULT,
                        null,
                        Importance.LOW,
                        CLUSTER_NAME_DOC)
                .define(
                        SIGNALS_MASK_CONFIG,
                        ConfigDef.Type.STRING,
                        SIGNALS_MASK_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        SIGNALS_MASK_DOC)
                .define(
                        SIGNALS_DELIVERED_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        SIGNALS_DELIVERED_DEFAULT,
                        null,
                        Importance.LOW,
                        SIGNALS_DELIVERED_DOC)
                .define(
                        EXEC_ARGS_CONFIG,
                        ConfigDef.Type.STRING,
                        EXEC_ARGS_DEFAULT,
                        OneOf.of("redacted", "off", "full"),
                        Importance.MEDIUM,
                        EXEC_ARGS_DOC)
                .define(
                        EXEC_ARGS_MAX_BYTES_CONFIG,
                        ConfigDef.Type.INT,
                        EXEC_ARGS_MAX_BYTES_DEFAULT,
                        Range.between(0, CaptureOptions.EXEC_ARGS_LIMIT),
                        Importance.LOW,
                        EXEC_ARGS_MAX_BYTES_DOC);
        def.group(GROUP_CAPTURE)
                .define(
                        EBPF_ENABLED_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        EBPF_ENABLED_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        EBPF_ENABLED_DOC)
                .define(
                        EBPF_REQUIRED_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        EBPF_REQUIRED_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        EBPF_REQUIRED_DOC)
                .define(
                        EBPF_RING_BYTES_CONFIG,
                        ConfigDef.Type.INT,
                        EBPF_RING_BYTES_DEFAULT,
                        new RingBytes(),
                        Importance.MEDIUM,
                        EBPF_RING_BYTES_DOC)
                .define(
                        EBPF_PIN_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        EBPF_PIN_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        EBPF_PIN_DOC)
                .define(
                        EBPF_PIN_FOLDER_CONFIG,
                        ConfigDef.Type.STRING,
                        EBPF_PIN_FOLDER_DEFAULT,
                        ConfigDef.CompositeValidator.of(new ConfigDef.NonEmptyString(), new FileName()),
                        Importance.LOW,
                        EBPF_PIN_FOLDER_DOC)
                .define(
                        EBPF_PIN_QUIET_SECONDS_CONFIG,
                        ConfigDef.Type.INT,
                        EBPF_PIN_QUIET_SECONDS_DEFAULT,
                        Range.between(0, 31_536_000),
                        Importance.LOW,
                        EBPF_PIN_QUIET_SECONDS_DOC)
                .define(
                        RATE_LIMIT_EVENTS_CONFIG,
                        ConfigDef.Type.INT,
                        RATE_LIMIT_EVENTS_DEFAULT,
                        Range.between(0, 10_000_000),
                        Importance.MEDIUM,
                        RATE_LIMIT_EVENTS_DOC)
                .define(
                        RATE_LIMIT_BURST_CONFIG,
                        ConfigDef.Type.INT,
                        RATE_LIMIT_BURST_DEFAULT,
                        Range.between(0, 10_000_000),
                        Importance.LOW,
                        RATE_LIMIT_BURST_DOC)
                .define(
                        PROCESSES_RUNNING_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        PROCESSES_RUNNING_DEFAULT,
                        null,
                        Importance.LOW,
                        PROCESSES_RUNNING_DOC)
                .define(
                        BUFFER_SIZE_CONFIG,
                        ConfigDef.Type.INT,
                        BUFFER_SIZE_DEFAULT,
                        Range.between(1, 10_000_000),
                        Importance.MEDIUM,
                        BUFFER_SIZE_DOC)
                .define(
                        THROTTLE_INTERVAL_MS_CONFIG,
                        ConfigDef.Type.LONG,
                        THROTTLE_INTERVAL_MS_DEFAULT,
                        Range.between(0, 3_600_000),
                        Importance.LOW,
                        THROTTLE_INTERVAL_MS_DOC)
                .define(
                        PROC_ROOT_CONFIG,
                        ConfigDef.Type.STRING,
                        PROC_ROOT_DEFAULT,
                        new FileName(),
                        Importance.LOW,
                        PROC_ROOT_DOC)
                .define(
                        CGROUP_ROOT_CONFIG,
                        ConfigDef.Type.STRING,
                        CGROUP_ROOT_DEFAULT,
                        new FileName(),
                        Importance.LOW,
                        CGROUP_ROOT_DOC)
                .define(
                        KUBERNETES_POD_NAMES_CONFIG,
                        ConfigDef.Type.STRING,
                        KUBERNETES_POD_NAMES_DEFAULT,
                        OneOf.of("auto", "api", "logs", "off"),
                        Importance.MEDIUM,
                        KUBERNETES_POD_NAMES_DOC)
                .define(
                        KUBERNETES_POD_LABELS_CONFIG,
                        ConfigDef.Type.STRING,
                        KUBERNETES_POD_LABELS_DEFAULT,
                        null,
                        Importance.LOW,
                        KUBERNETES_POD_LABELS_DOC)
                .define(
                        KUBERNETES_LOG_FOLDER_CONFIG,
                        ConfigDef.Type.STRING,
                        KUBERNETES_LOG_FOLDER_DEFAULT,
                        new FileName(),
                        Importance.LOW,
                        KUBERNETES_LOG_FOLDER_DOC);
        def.group(GROUP_SPOOL)
                .define(
                        SPOOL_ENABLED_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        SPOOL_ENABLED_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        SPOOL_ENABLED_DOC)
                .define(
                        SPOOL_DIR_CONFIG,
                        ConfigDef.Type.STRING,
                        SPOOL_DIR_DEFAULT,
                        ConfigDef.CompositeValidator.of(new ConfigDef.NonEmptyString(), new FileName()),
                        Importance.HIGH,
                        SPOOL_DIR_DOC)
                .define(
                        SPOOL_MAX_BYTES_CONFIG,
                        ConfigDef.Type.LONG,
                        SPOOL_MAX_BYTES_DEFAULT,
                        Range.atLeast(4 << 16),
                        Importance.MEDIUM,
                        SPOOL_MAX_BYTES_DOC)
                .define(
                        SPOOL_SEGMENT_BYTES_CONFIG,
                        ConfigDef.Type.INT,
                        SPOOL_SEGMENT_BYTES_DEFAULT,
                        Range.between(64 << 10, 1 << 30),
                        Importance.LOW,
                        SPOOL_SEGMENT_BYTES_DOC)
                .define(
                        SPOOL_MAX_AGE_MS_CONFIG,
                        ConfigDef.Type.LONG,
                        SPOOL_MAX_AGE_MS_DEFAULT,
                        Range.between(1000, SpoolOptions.MAX_AGE.toMillis() / DEATHS_KEPT),
                        Importance.LOW,
                        SPOOL_MAX_AGE_MS_DOC)
                .define(
                        SPOOL_SYNC_MS_CONFIG,
                        ConfigDef.Type.LONG,
                        SPOOL_SYNC_MS_DEFAULT,
                        Range.between(0, 3_600_000),
                        Importance.LOW,
                        SPOOL_SYNC_MS_DOC);
        def.group(GROUP_KAFKA)
                .define(
                        TOPIC_NAME_CONFIG,
                        ConfigDef.Type.STRING,
                        TOPIC_NAME_DEFAULT,
                        new TopicName(),
                        Importance.HIGH,
                        TOPIC_NAME_DOC)
                .define(
                        TOPIC_CREATE_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        TOPIC_CREATE_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        TOPIC_CREATE_DOC)
                .define(
                        TOPIC_PARTITIONS_CONFIG,
                        ConfigDef.Type.INT,
                        TOPIC_PARTITIONS_DEFAULT,
                        Range.between(1, 10_000),
                        Importance.LOW,
                        TOPIC_PARTITIONS_DOC)
                .define(
                        TOPIC_REPLICATION_FACTOR_CONFIG,
                        ConfigDef.Type.INT,
                        TOPIC_REPLICATION_FACTOR_DEFAULT,
                        Range.between(1, Short.MAX_VALUE),
                        Importance.LOW,
                        TOPIC_REPLICATION_FACTOR_DOC)
                .define(
                        TOPIC_RETENTION_MS_CONFIG,
                        ConfigDef.Type.LONG,
                        TOPIC_RETENTION_MS_DEFAULT,
                        Range.atLeast(-1),
                        Importance.LOW,
                        TOPIC_RETENTION_MS_DOC)
                .define(
                        REGISTRY_URL_CONFIG,
                        ConfigDef.Type.LIST,
                        REGISTRY_URL_DEFAULT,
                        new HttpUrls(),
                        Importance.HIGH,
                        REGISTRY_URL_DOC)
                .define(
                        REGISTRY_AUTO_REGISTER_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        REGISTRY_AUTO_REGISTER_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        REGISTRY_AUTO_REGISTER_DOC)
                .define(
                        REGISTRY_BASIC_AUTH_USER_INFO_CONFIG,
                        ConfigDef.Type.PASSWORD,
                        null,
                        null,
                        Importance.MEDIUM,
                        REGISTRY_BASIC_AUTH_USER_INFO_DOC)
                .define(
                        REGISTRY_BEARER_AUTH_TOKEN_CONFIG,
                        ConfigDef.Type.PASSWORD,
                        null,
                        null,
                        Importance.MEDIUM,
                        REGISTRY_BEARER_AUTH_TOKEN_DOC)
                .define(
                        VALUE_SERIALIZER_CONFIG,
                        ConfigDef.Type.STRING,
                        VALUE_SERIALIZER_DEFAULT,
                        null,
                        Importance.LOW,
                        VALUE_SERIALIZER_DOC)
                .define(
                        PLUGIN_PATH_CONFIG,
                        ConfigDef.Type.STRING,
                        PLUGIN_PATH_DEFAULT,
                        new FileName(),
                        Importance.LOW,
                        PLUGIN_PATH_DOC);
        def.group(GROUP_OPERATION)
                .define(
                        METRICS_ENABLED_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        METRICS_ENABLED_DEFAULT,
                        null,
                        Importance.MEDIUM,
                        METRICS_ENABLED_DOC)
                .define(
                        METRICS_BIND_ADDRESS_CONFIG,
                        ConfigDef.Type.STRING,
                        METRICS_BIND_ADDRESS_DEFAULT,
                        new ConfigDef.NonEmptyString(),
                        Importance.MEDIUM,
                        METRICS_BIND_ADDRESS_DOC)
                .define(
                        METRICS_PORT_CONFIG,
                        ConfigDef.Type.INT,
                        METRICS_PORT_DEFAULT,
                        Range.between(0, 65_535),
                        Importance.MEDIUM,
                        METRICS_PORT_DOC)
                .define(
                        METRICS_OTLP_ENABLED_CONFIG,
                        ConfigDef.Type.BOOLEAN,
                        METRICS_OTLP_ENABLED_DEFAULT,
                        null,
                        Importance.LOW,
                        METRICS_OTLP_ENABLED_DOC)
                .define(
                        METRICS_OTLP_URL_CONFIG,
                        ConfigDef.Type.STRING,
                        METRICS_OTLP_URL_DEFAULT,
                        new HttpUrls(),
                        Importance.LOW,
                        METRICS_OTLP_URL_DOC)
                .define(
                        METRICS_OTLP_HEADERS_CONFIG,
                        ConfigDef.Type.PASSWORD,
                        null,
                        null,
                        Importance.LOW,
                        METRICS_OTLP_HEADERS_DOC)
                .define(
                        METRICS_OTLP_INTERVAL_MS_CONFIG,
                        ConfigDef.Type.LONG,
                        METRICS_OTLP_INTERVAL_MS_DEFAULT,
                        Range.between(1_000, 3_600_000),
                        Importance.LOW,
                        METRICS_OTLP_INTERVAL_MS_DOC)
                .define(
                        SHUTDOWN_TIMEOUT_MS_CONFIG,
                        ConfigDef.Type.LONG,
                        SHUTDOWN_TIMEOUT_MS_DEFAULT,
                        Range.between(0, 600_000),
                        Importance.LOW,
                        SHUTDOWN_TIMEOUT_MS_DOC)
                .define(
                        LOG_LEVEL_CONFIG,
                        ConfigDef.Type.STRING,
                        LOG_LEVEL_DEFAULT,
                        OneOf.of("error", "warn", "info", "debug", "trace"),
                        Importance.LOW,
                        LOG_LEVEL_DOC);
        return def.def;
    }

    /** As configured; what an absent name means is decided where the node is identified. */
    public Optional<String> nodeName() {
        return text(NODE_NAME_CONFIG);
    }

    public Optional<String> clusterName() {
        return text(CLUSTER_NAME_CONFIG);
    }

    public String topicName() {
        return string(TOPIC_NAME_CONFIG);
    }

    public boolean topicCreate() {
        return bool(TOPIC_CREATE_CONFIG);
    }

    public int topicPartitions() {
        return integer(TOPIC_PARTITIONS_CONFIG);
    }

    public short topicReplicationFactor() {
        return (short) integer(TOPIC_REPLICATION_FACTOR_CONFIG);
    }

    /** Milliseconds; -1: for ever. */
    public long topicRetentionMillis() {
        return number(TOPIC_RETENTION_MS_CONFIG);
    }

    /** Events. */
    public int bufferSize() {
        return integer(BUFFER_SIZE_CONFIG);
    }

    public boolean ebpfEnabled() {
        return bool(EBPF_ENABLED_CONFIG);
    }

    public boolean ebpfRequired() {
        return bool(EBPF_REQUIRED_CONFIG);
    }

    /** What the kernel side is to be loaded with. */
    public CaptureOptions captureOptions() {
        return new CaptureOptions(
                integer(EBPF_RING_BYTES_CONFIG),
                signalMask,
                execArgs() == ArgumentPolicy.OFF ? 0 : integer(EXEC_ARGS_MAX_BYTES_CONFIG),
                bool(SIGNALS_DELIVERED_CONFIG),
                new CaptureOptions.RateLimit(integer(RATE_LIMIT_EVENTS_CONFIG), integer(RATE_LIMIT_BURST_CONFIG)),
                bool(EBPF_PIN_CONFIG)
                        ? new CaptureOptions.Pinning(pinFolder(), integer(EBPF_PIN_QUIET_SECONDS_CONFIG))
                        : null);
    }

    /** Where programs are pinned if they are. */
    public Path pinFolder() {
        return Path.of(string(EBPF_PIN_FOLDER_CONFIG));
    }

    public boolean reportsRunningProcesses() {
        return bool(PROCESSES_RUNNING_CONFIG);
    }

    /** Empty: events are kept in memory only. */
    public Optional<SpoolOptions> spool() {
        if (!bool(SPOOL_ENABLED_CONFIG)) {
            return Optional.empty();
        }
        Duration maxAge = Duration.ofMillis(number(SPOOL_MAX_AGE_MS_CONFIG));
        int segmentBytes = integer(SPOOL_SEGMENT_BYTES_CONFIG);
        SpoolOptions defaults = SpoolOptions.of(Path.of(string(SPOOL_DIR_CONFIG)));
        return Optional.of(new SpoolOptions(
                defaults.directory(),
                segmentBytes,
                number(SPOOL_MAX_BYTES_CONFIG),
                maxAge,
                maxAge.multipliedBy(DEATHS_KEPT),
                Duration.ofMillis(number(SPOOL_SYNC_MS_CONFIG)),
                defaults.checkpointInterval(),
                Math.min(defaults.batchBytes(), segmentBytes / 2)));
    }

    public ArgumentPolicy execArgs() {
        return ArgumentPolicy.valueOf(string(EXEC_ARGS_CONFIG).toUpperCase(Locale.ROOT));
    }

    /** Class name; empty: the built-in encoder. */
    public Optional<String> valueSerializer() {
        return text(VALUE_SERIALIZER_CONFIG);
    }

    public Optional<Path> pluginPath() {
        return text(PLUGIN_PATH_CONFIG).map(Path::of);
    }

    /** In the order in which they are to be tried; empty if not configured. */
    @SuppressWarnings("unchecked") // ConfigDef.Type.LIST
    public List<String> registryUrls() {
        return (List<String>) value(REGISTRY_URL_CONFIG);
    }

    public boolean registryAutoRegister() {
        return bool(REGISTRY_AUTO_REGISTER_CONFIG);
    }

    /** {@code user:password}. */
    public Optional<Password> registryBasicAuth() {
        return Optional.ofNullable((Password) values.get(REGISTRY_BASIC_AUTH_USER_INFO_CONFIG));
    }

    public Optional<Password> registryBearerToken() {
        return Optional.ofNullable((Password) values.get(REGISTRY_BEARER_AUTH_TOKEN_CONFIG));
    }

    /** The other {@code registry.*} keys that were given, without the prefix; {@code ssl.*} as Kafka names them. */
    public Map<String, Object> registryConfigs() {
        return registry;
    }

    /**
     * The {@code kafka.*} keys that were given, without the prefix, checked against the producer's own definition and
     * free of what would break delivery; secrets are {@link Password}s, which Kafka's clients take.
     */
    public Map<String, Object> kafkaConfigs() {
        return kafka;
    }

    public boolean metricsEnabled() {
        return bool(METRICS_ENABLED_CONFIG);
    }

    public String metricsBindAddress() {
        return string(METRICS_BIND_ADDRESS_CONFIG);
    }

    /** 0: any free one. */
    public int metricsPort() {
        return integer(METRICS_PORT_CONFIG);
    }

    public boolean otlpEnabled() {
        return bool(METRICS_OTLP_ENABLED_CONFIG);
    }

    public String otlpUrl() {
        return string(METRICS_OTLP_URL_CONFIG);
    }

    /** {@code name=value}, separated by commas. */
    public Optional<Password> otlpHeaders() {
        return Optional.ofNullable((Password) values.get(METRICS_OTLP_HEADERS_CONFIG));
    }

    public Duration otlpInterval() {
        return Duration.ofMillis(number(METRICS_OTLP_INTERVAL_MS_CONFIG));
    }

    /** Zero: never. */
    public Duration throttleInterval() {
        return Duration.ofMillis(number(THROTTLE_INTERVAL_MS_CONFIG));
    }

    public Path procRoot() {
        return Path.of(string(PROC_ROOT_CONFIG));
    }

    public Path cgroupRoot() {
        return Path.of(string(CGROUP_ROOT_CONFIG));
    }

    public PodNamesFrom podNamesFrom() {
        return PodNamesFrom.valueOf(string(KUBERNETES_POD_NAMES_CONFIG).toUpperCase(Locale.ROOT));
    }

    /** Keys of the labels to carry. */
    public List<String> podLabels() {
        return text(KUBERNETES_POD_LABELS_CONFIG)
                .map(keys -> List.of(keys.split("\\s*,\\s*")))
                .orElse(List.of());
    }

    public Path podLogFolder() {
        return Path.of(string(KUBERNETES_LOG_FOLDER_CONFIG));
    }

    public Duration shutdownTimeout() {
        return Duration.ofMillis(number(SHUTDOWN_TIMEOUT_MS_CONFIG));
    }

    public String logLevel() {
        return string(LOG_LEVEL_CONFIG);
    }

    /**
     * Checks what only writing to Kafka needs.
     *
     * @throws ConfigurationException naming what is missing
     */
    public void requireKafka() {
        ConfigLoader.requireKafka(this);
    }

    /** What is probably a mistake but changes nothing; to be logged. */
    public List<String> warnings() {
        return warnings;
    }

    /** Every key that differs from its default; no secret, and of pass-through keys only what is known to be none. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", "AgentConfig[", "]");
        DEFINITION.configKeys().forEach((key, definition) -> {
            Object value = values.get(key);
            if (!Objects.equals(value, definition.defaultValue)) {
                text.add(key + "=" + value);
            }
        });
        kafka.forEach((key, value) -> text.add(
                KAFKA_PREFIX + key + "=" + (PassThrough.isPublic(PassThrough.PRODUCER, key) ? value : HIDDEN)));
        registry.forEach((key, value) -> text.add(
                REGISTRY_PREFIX + key + "=" + (PassThrough.isPublic(PassThrough.REGISTRY, key) ? value : HIDDEN)));
        return text.toString();
    }

    private Object value(String key) {
        return Objects.requireNonNull(values.get(key), key);
    }

    private String string(String key) {
        return (String) value(key);
    }

    private Optional<String> text(String key) {
        return Optional.of(string(key)).filter(value -> !value.isEmpty());
    }

    private boolean bool(String key) {
        return (Boolean) value(key);
    }

    private int integer(String key) {
        return (Integer) value(key);
    }

    private long number(String key) {
        return (Long) value(key);
    }

    /** Gives keys their group and place for the documentation. */
    private static final class Groups {
        private final ConfigDef def = new ConfigDef();
        private String group = "";
        private int order;

        private Groups group(String name) {
            group = name;
            order = 0;
            return this;
        }

        private Groups define(
                String key,
                ConfigDef.Type type,
                @Nullable Object defaultValue,
                ConfigDef.@Nullable Validator validator,
                Importance importance,
                String documentation) {
            def.define(
                    key,
                    type,
                    defaultValue,
                    validator,
                    importance,
                    documentation,
                    group,
                    order++,
                    ConfigDef.Width.NONE,
                    key);
            return this;
        }
    }

    private static final class RingBytes implements ConfigDef.Validator {
        @Override
        public void ensureValid(String key, @Nullable Object value) {
            if (value == null) {
                return; // not a number: said already
            }
            int bytes = (Integer) value;
            long page = PageSize.bytes();
            if (bytes < page || Integer.bitCount(bytes) != 1) {
                throw new ConfigException(key, value, advice(bytes, page));
            }
        }

        private static String advice(int bytes, long page) {
            long below = Math.max(page, Integer.highestOneBit(Math.max(bytes, 1)));
            String nearest = below << 1 > Integer.MAX_VALUE || bytes < page
                    ? "use " + below
                    : "use " + below + " or " + (below << 1);
            return "must be a power of two and a multiple of the page size " + page + ": " + nearest;
        }

        @Override
        public String toString() {
            return "power of two, multiple of the page size";
        }
    }

    private record OneOf(List<String> allowed) implements ConfigDef.Validator {
        private static OneOf of(String... allowed) {
            return new OneOf(List.of(allowed));
        }

        @Override
        public void ensureValid(String key, Object value) {
            String text = (String) value;
            if (!allowed.contains(text)) {
                throw new ConfigException(
                        key, value, "must be one of " + this + ConfigLoader.didYouMean(text, allowed));
            }
        }

        @Override
        public String toString() {
            return String.join(", ", allowed);
        }
    }

    private static final class FileName implements ConfigDef.Validator {
        @Override
        @SuppressWarnings("ReturnValueIgnored") // whether it throws is what counts
        public void ensureValid(String key, Object value) {
            try {
                Path.of((String) value);
            } catch (InvalidPathException e) {
                throw new ConfigException("key " + key + ": no path: " + e.getReason());
            }
        }

        @Override
        public String toString() {
            return "path";
        }
    }

    private static final class TopicName implements ConfigDef.Validator {
        private static final int MAX_LENGTH = 249;

        @Override
        public void ensureValid(String key, Object value) {
            String name = (String) value;
            if (!name.matches("[a-zA-Z0-9._-]{1," + MAX_LENGTH + "}") || name.equals(".") || name.equals("..")) {
                throw new ConfigException(
                        key, value, "a topic's name has 1 to " + MAX_LENGTH + " letters, digits, '.', '_' or '-'");
            }
        }

        @Override
        public String toString() {
            return "topic name";
        }
    }

    /** One URL or a list of them. */
    private static final class HttpUrls implements ConfigDef.Validator {
        @Override
        public void ensureValid(String key, Object value) {
            List<?> urls = value instanceof List<?> list ? list : List.of(value);
            for (Object url : urls) {
                HttpUrl.check(key, (String) url);
            }
        }

        @Override
        public String toString() {
            return "http:// or https:// URL";
        }
    }
}
