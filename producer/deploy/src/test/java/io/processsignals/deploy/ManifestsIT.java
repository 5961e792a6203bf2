// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.identity.NodeIdentity;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.IOException;
import java.io.Serial;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code kubectl kustomize} makes of every overlay, read into typed models that refuse a field which the API does
 * not have. Needs kubectl: the environment variable KUBECTL names it.
 */
class ManifestsIT {
    private static final Path K8S = Path.of(System.getProperty("k8s.folder", "../../k8s"));

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.ofEntries(
            Map.entry("v1/Namespace", Namespace.class),
            Map.entry("v1/ServiceAccount", ServiceAccount.class),
            Map.entry("v1/ConfigMap", ConfigMap.class),
            Map.entry("apps/v1/DaemonSet", DaemonSet.class),
            Map.entry("rbac.authorization.k8s.io/v1/ClusterRole", ClusterRole.class),
            Map.entry("rbac.authorization.k8s.io/v1/ClusterRoleBinding", ClusterRoleBinding.class),
            Map.entry("monitoring.coreos.com/v1/PodMonitor", PodMonitor.class),
            Map.entry("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
            Map.entry("kafka.strimzi.io/v1/KafkaTopic", KafkaTopic.class),
            Map.entry("kafka.strimzi.io/v1/KafkaUser", KafkaUser.class));

    private static final ObjectMapper STRICT = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new NoCatchAll());

    @ParameterizedTest
    @ValueSource(strings = {"overlays/plain", "overlays/strimzi", "overlays/prometheus-operator"})
    void overlay(String folder) throws Exception {
        List<HasMetadata> objects = render(folder);

        Set<String> configMaps = of(ConfigMap.class, objects).stream()
                .map(map -> map.getMetadata().getName())
                .collect(Collectors.toSet());
        DaemonSet daemonSet = only(DaemonSet.class, objects);
        PodSpec pod = daemonSet.getSpec().getTemplate().getSpec();
        Container agent = pod.getContainers().get(0);

        assertThat(daemonSet.getSpec().getSelector().getMatchLabels().entrySet())
                .isSubsetOf(daemonSet
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels()
                        .entrySet());
        assertThat(daemonSet
                        .getSpec()
                        .getUpdateStrategy()
                        .getRollingUpdate()
                        .getMaxSurge()
                        .getIntVal())
                .isZero();
        assertLeast(agent, List.of("BPF", "PERFMON"));
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getHostPID()).isNull();
        // Which pods to ask for, and the node's name in every event
        assertThat(agent.getEnv())
                .filteredOn(variable -> variable.getName().equals(NodeIdentity.NODE_NAME_ENV))
                .singleElement()
                .extracting(variable -> variable.getValueFrom().getFieldRef().getFieldPath())
                .isEqualTo("spec.nodeName");
        assertThat(pod.getPriorityClassName()).isEqualTo("system-node-critical");
        assertThat(pod.getTolerations()).anyMatch(toleration -> "Exists".equals(toleration.getOperator()));
        assertThat(List.of(agent.getStartupProbe(), agent.getLivenessProbe(), agent.getReadinessProbe()))
                .allMatch(probe -> "metrics".equals(probe.getHttpGet().getPort().getStrVal()));
        assertMountsExist(pod);
        assertThat(configMaps)
                .contains(
                        agent.getEnvFrom().get(0).getConfigMapRef().getName(),
                        pod.getVolumes().stream()
                                .filter(volume -> volume.getConfigMap() != null)
                                .findFirst()
                                .orElseThrow()
                                .getConfigMap()
                                .getName());
        assertThat(only(ClusterRole.class, objects).getRules()).singleElement().satisfies(rule -> {
            assertThat(rule.getResources()).containsExactly("pods");
            assertThat(rule.getVerbs()).containsExactlyInAnyOrder("get", "list", "watch");
        });
        assertThat(only(ClusterRoleBinding.class, objects).getSubjects().get(0).getName())
                .isEqualTo(pod.getServiceAccountName())
                .isEqualTo(only(ServiceAccount.class, objects).getMetadata().getName());
        assertThat(only(Namespace.class, objects).getMetadata().getLabels())
                .containsEntry("pod-security.kubernetes.io/enforce", "privileged");
    }

    /** The agent reads exactly these keys, so a wrong one would keep every pod from starting. */
    @ParameterizedTest
    @ValueSource(strings = {"overlays/plain", "overlays/strimzi", "overlays/prometheus-operator"})
    void agentTakesTheConfiguration(String folder) throws Exception {
        AgentConfig config = AgentConfig.of(configuration(render(folder)));

        assertThat(config.warnings()).isEmpty();
        assertThat(config.kafkaConfigs()).containsKey("bootstrap.servers");
        assertThat(config.registryUrls()).isNotEmpty();
    }

    @Test
    void pathsOfTheConfigurationAreMounted() throws Exception {
        List<HasMetadata> objects = render("overlays/plain");
        Map<String, String> configuration = configuration(objects);
        Map<String, VolumeMount> mounts = only(DaemonSet.class, objects)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0)
                .getVolumeMounts()
                .stream()
                .collect(Collectors.toMap(VolumeMount::getMountPath, mount -> mount));

        assertThat(mounts.get(configuration.get("proc.root")).getReadOnly()).isTrue();
        assertThat(mounts.get(configuration.get("cgroup.root")).getReadOnly()).isTrue();
        assertThat(mounts.get(AgentConfig.KUBERNETES_LOG_FOLDER_DEFAULT).getReadOnly())
                .isTrue();
        assertThat(mounts)
                .containsKey(Path.of(configuration.get("spool.dir")).getParent().toString());
        assertThat(mounts)
                .containsKey(
                        Path.of(AgentConfig.EBPF_PIN_FOLDER_DEFAULT).getParent().toString());
    }

    @Test
    void cleanup() throws Exception {
        DaemonSet daemonSet = only(DaemonSet.class, render("cleanup"));
        PodSpec pod = daemonSet.getSpec().getTemplate().getSpec();

        assertLeast(pod.getContainers().get(0), List.of());
        assertLeast(pod.getInitContainers().get(0), List.of());
        assertThat(pod.getInitContainers().get(0).getArgs())
                .endsWith(configuration(render("overlays/plain")).get("spool.dir"));
        assertMountsExist(pod);
        Map<String, String> environment = new HashMap<>();
        pod.getContainers()
                .get(0)
                .getEnv()
                .forEach(variable -> environment.put(key(variable.getName()), variable.getValue()));
        assertThat(AgentConfig.of(environment).warnings()).isEmpty();
    }

    @Test
    void strimzi() throws Exception {
        List<HasMetadata> objects = render("overlays/strimzi");

        KafkaTopic topic = only(KafkaTopic.class, objects);
        KafkaUser user = only(KafkaUser.class, objects);
        assertThat(topic.getMetadata().getName()).isEqualTo(AgentConfig.TOPIC_NAME_DEFAULT);
        assertThat(topic.getSpec().getPartitions()).isEqualTo(12);
        JsonNode acls = new ObjectMapper().valueToTree(user.getSpec()).at("/authorization/acls");
        assertThat(acls).hasSize(1);
        assertThat(acls.at("/0/resource/name").asText()).isEqualTo(AgentConfig.TOPIC_NAME_DEFAULT);
        assertThat(acls.at("/0/operations")).extracting(JsonNode::asText).containsExactly("Describe", "Write");
    }

    @Test
    void rulesOfTheOperatorAreThoseOfPrometheus() throws Exception {
        YAMLMapper yaml = new YAMLMapper();
        JsonNode plain = yaml.readTree(K8S.resolve("monitoring/alerts.yaml").toFile());
        JsonNode operator = yaml.readTree(
                K8S.resolve("overlays/prometheus-operator/prometheusrule.yaml").toFile());

        assertThat(operator.get("spec")).isEqualTo(plain);
        assertThat(only(PrometheusRule.class, render("overlays/prometheus-operator"))
                        .getSpec()
                        .getGroups()
                        .get(0)
                        .getRules())
                .hasSize(5);
    }

    private static void assertLeast(Container container, List<String> added) {
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getSecurityContext().getPrivileged()).isNull();
        Capabilities capabilities = container.getSecurityContext().getCapabilities();
        assertThat(capabilities.getDrop()).containsExactly("ALL");
        assertThat(capabilities.getAdd()).containsExactlyInAnyOrderElementsOf(added);
    }

    private static void assertMountsExist(PodSpec pod) {
        Set<String> volumes =
                pod.getVolumes().stream().map(volume -> volume.getName()).collect(Collectors.toSet());
        List<Container> containers = new ArrayList<>(pod.getContainers());
        containers.addAll(pod.getInitContainers());
        assertThat(containers.stream().flatMap(container -> container.getVolumeMounts().stream()))
                .extracting(VolumeMount::getName)
                .isSubsetOf(volumes);
    }

    /** What the agent sees: the file, and over it the environment variables, both as keys. */
    private static Map<String, String> configuration(Collection<HasMetadata> objects) throws IOException {
        Map<String, String> keys = new TreeMap<>();
        for (ConfigMap map : of(ConfigMap.class, objects)) {
            for (Map.Entry<String, String> entry : map.getData().entrySet()) {
                if (entry.getKey().endsWith(".properties")) {
                    Properties properties = new Properties();
                    properties.load(new StringReader(entry.getValue()));
                    properties.stringPropertyNames().forEach(key -> keys.put(key, properties.getProperty(key)));
                } else {
                    // The file of the secret is not here
                    keys.put(key(entry.getKey()), entry.getValue().startsWith("${") ? "secret" : entry.getValue());
                }
            }
        }
        return keys;
    }

    private static String key(String variable) {
        assertThat(variable).startsWith("PROCESS_SIGNALS_");
        return variable.substring("PROCESS_SIGNALS_".length())
                .toLowerCase(Locale.ROOT)
                .replace('_', '.');
    }

    private static List<HasMetadata> render(String folder) throws Exception {
        Path out = Files.createTempFile("kustomize", ".yaml");
        try {
            Process kubectl = new ProcessBuilder(
                            System.getenv().getOrDefault("KUBECTL", "kubectl"),
                            "kustomize",
                            K8S.resolve(folder).toString())
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(kubectl.waitFor()).as("kubectl kustomize " + folder).isZero();
            YAMLMapper yaml = new YAMLMapper();
            List<HasMetadata> objects = new ArrayList<>();
            for (JsonNode document : yaml.readerFor(JsonNode.class)
                    .<JsonNode>readValues(out.toFile())
                    .readAll()) {
                String kind = document.path("apiVersion").asText() + "/"
                        + document.path("kind").asText();
                assertThat(KINDS).as("models").containsKey(kind);
                objects.add(STRICT.treeToValue(document, KINDS.get(kind)));
            }
            return objects;
        } finally {
            Files.delete(out);
        }
    }

    private static <T> List<T> of(Class<T> type, Collection<HasMetadata> objects) {
        return objects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static <T> T only(Class<T> type, Collection<HasMetadata> objects) {
        List<T> found = of(type, objects);
        assertThat(found).as(type.getSimpleName()).hasSize(1);
        return found.get(0);
    }

    /** The models keep what they do not know; here it is an error. */
    private static final class NoCatchAll extends JacksonAnnotationIntrospector {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public Boolean hasAnySetter(Annotated annotated) {
            return false;
        }
    }
}
