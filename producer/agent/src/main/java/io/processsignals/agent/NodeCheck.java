// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent;

import io.processsignals.agent.capture.CaptureException;
import io.processsignals.agent.capture.CaptureOptions;
import io.processsignals.agent.capture.HookStatus;
import io.processsignals.agent.capture.NativeCapture;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.identity.CgroupHierarchy;
import io.processsignals.agent.publish.TopicOutcome;
import io.processsignals.agent.publish.TopicProvisioner;
import io.processsignals.agent.registry.RegistryOutcome;
import io.processsignals.agent.registry.SchemaRegistryClient;
import io.processsignals.common.codec.EventSchema;
import io.processsignals.common.signal.SignalMask;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Tries everything that the agent needs, each on its own, and says in one line how it went. */
public final class NodeCheck {
    /** How bad a finding is. */
    public enum Level {
        FINE,
        /** Not there, and not needed. */
        ABSENT,
        /** Events would be captured but not reach Kafka. */
        FAILS,
        /** The kernel cannot be observed. */
        CANNOT_RUN
    }

    /**
     * @param subject what was looked at
     * @param level how it went
     * @param detail one line: what was found, or what to do
     */
    public record Finding(String subject, Level level, String detail) {}

    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");
    private static final Path OWN_STATUS = Path.of("/proc/self/status");
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;

    private final AgentConfig config;
    private final List<Finding> findings = new ArrayList<>();

    private NodeCheck(AgentConfig config) {
        this.config = config;
    }

    /** Takes a few seconds if nobody answers. Attaches to the kernel for a moment, beside a running agent too. */
    public static List<Finding> run(AgentConfig config) throws InterruptedException {
        NodeCheck check = new NodeCheck(config);
        check.kernel();
        check.capture();
        check.cgroups();
        check.kafka();
        check.registry();
        return List.copyOf(check.findings);
    }

    private void kernel() {
        boolean linux = System.getProperty("os.name", "").equals("Linux");
        add(
                "kernel",
                linux ? Level.FINE : Level.CANNOT_RUN,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch") + (linux ? "" : ": only Linux can be observed"));
        if (!linux) {
            return;
        }
        boolean btf = Files.isReadable(BTF);
        add(
                "BTF",
                btf ? Level.FINE : Level.CANNOT_RUN,
                btf ? BTF.toString() : BTF + " is not readable: use a kernel with CONFIG_DEBUG_INFO_BTF");
        BigInteger capabilities = effectiveCapabilities();
        StringJoiner missing = new StringJoiner(" and ");
        if (!has(capabilities, CAP_BPF)) {
            missing.add("CAP_BPF");
        }
        if (!has(capabilities, CAP_PERFMON)) {
            missing.add("CAP_PERFMON");
        }
        boolean privileged = missing.length() == 0 || has(capabilities, CAP_SYS_ADMIN);
        add(
                "privileges",
                privileged ? Level.FINE : Level.CANNOT_RUN,
                privileged ? "CAP_BPF and CAP_PERFMON" : missing + " missing: run as root, or add them");
    }

    private void capture() {
        CaptureOptions options = config.captureOptions();
        if (!config.ebpfEnabled()) {
            add("capture", Level.ABSENT, AgentConfig.EBPF_ENABLED_CONFIG + "=false");
            return;
        }
        try (NativeCapture capture = NativeCapture.open(new CaptureOptions(
                options.ringBytes(), options.signalMask(), options.execArgsMax(), options.signalsDelivered()))) {
            add("ring", Level.FINE, options.ringBytes() + " bytes");
            attach(capture);
        } catch (CaptureException e) {
            add("capture", Level.CANNOT_RUN, String.valueOf(e.getMessage()));
        }
        add("signals", Level.FINE, SignalMask.format(options.signalMask()));
    }

    private void attach(NativeCapture capture) {
        try {
            capture.attach();
        } catch (CaptureException e) {
            add("capture", Level.CANNOT_RUN, String.valueOf(e.getMessage()));
        }
        for (HookStatus hook : capture.hooks()) {
            Level level = hook.attached() ? Level.FINE : hook.mandatory() ? Level.CANNOT_RUN : Level.ABSENT;
            add("hook " + hook.hook(), level, hook.attached() ? "" : hook.reason());
        }
    }

    private void cgroups() {
        CgroupHierarchy hierarchy = CgroupHierarchy.detect(config.procRoot(), config.cgroupRoot());
        String version = hierarchy.number() == 0 ? "v2" : "v1, memory controller";
        add(
                "cgroups",
                hierarchy.problem().isPresent() ? Level.ABSENT : Level.FINE,
                hierarchy
                        .problem()
                        .map(problem -> "containers cannot be named: " + problem)
                        .orElseGet(() -> version
                                + hierarchy.mount().map(path -> " at " + path).orElse("")));
    }

    private void kafka() throws InterruptedException {
        if (!config.kafkaConfigs().containsKey("bootstrap.servers")) {
            add("topic", Level.ABSENT, AgentConfig.KAFKA_BOOTSTRAP_SERVERS_CONFIG + " is not set");
            return;
        }
        TopicOutcome outcome = new TopicProvisioner(
                        config.kafkaConfigs(), Publishing.topic(config).withoutCreate())
                .ensure();
        boolean toBeCreated = outcome.kind() == TopicOutcome.Kind.MISSING && config.topicCreate();
        add(
                "topic",
                outcome.isUsable() || toBeCreated ? Level.FINE : Level.FAILS,
                toBeCreated ? "'" + config.topicName() + "' does not exist yet: run creates it" : outcome.message());
    }

    private void registry() throws InterruptedException {
        if (config.registryUrls().isEmpty()) {
            add("registry", Level.ABSENT, AgentConfig.REGISTRY_URL_CONFIG + " is not set");
            return;
        }
        // A check changes nothing: what run would register is only looked for.
        RegistryOutcome outcome = new SchemaRegistryClient(
                        Publishing.registry(config).withAutoRegister(false))
                .resolve(SchemaRegistryClient.valueSubject(config.topicName()), EventSchema.schema());
        boolean toBeRegistered = outcome.kind() == RegistryOutcome.Kind.MISSING && config.registryAutoRegister();
        add(
                "registry",
                outcome.isRegistered() || toBeRegistered ? Level.FINE : Level.FAILS,
                toBeRegistered ? "the schema is not registered yet: run registers it" : outcome.message());
    }

    private void add(String subject, Level level, String detail) {
        findings.add(new Finding(subject, level, detail));
    }

    private static BigInteger effectiveCapabilities() {
        try {
            for (String line : Files.readAllLines(OWN_STATUS, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("CapEff:")) {
                    return new BigInteger(line.substring(line.indexOf(':') + 1).strip(), 16);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Nothing is known, so nothing is claimed.
        }
        return BigInteger.ZERO;
    }

    private static boolean has(BigInteger capabilities, int capability) {
        return capabilities.testBit(capability);
    }
}
