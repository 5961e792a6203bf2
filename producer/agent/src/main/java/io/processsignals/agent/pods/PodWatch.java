// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.pods;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.processsignals.agent.identity.PodDirectory;
import io.processsignals.agent.identity.PodNames;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the pods of one node through the Kubernetes API: lists them, watches them, and lists again whenever the watch
 * breaks or expires. Needs get, list and watch on pods, nothing else.
 */
final class PodWatch implements PodNameSource, ResourceEventHandler<Pod> {
    private static final Logger LOG = LoggerFactory.getLogger(PodWatch.class);

    /** Of a static pod: the UID that its cgroups are named after, which is not that of its mirror in the API. */
    private static final String STATIC_POD_UID = "kubernetes.io/config.hash";

    private static final int CONTAINER_ID_DIGITS = 64;

    private final KubernetesClient client;
    private final SharedIndexInformer<Pod> informer;
    private final Set<String> labels;
    private final PodDirectory directory;
    private final Map<String, Set<String>> idsOfPods = new HashMap<>(); // by UID; the informer's callbacks only
    private volatile boolean failing;

    private PodWatch(KubernetesClient client, String nodeName, Set<String> labels, PodDirectory directory) {
        this.client = client;
        this.labels = labels;
        this.directory = directory;
        this.informer = client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", nodeName)
                .runnableInformer(0)
                .addEventHandler(this)
                .exceptionHandler((started, failure) -> onFailure(failure));
    }

    /** A client for the cluster that this runs in, or that the user's kubeconfig names. */
    static KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withHttpClientFactory(new JdkHttpClientFactory())
                .withConfig(new ConfigBuilder()
                        .withWatchReconnectLimit(-1)
                        .withWatchReconnectInterval(1_000)
                        .withRequestRetryBackoffLimit(3)
                        .build())
                .build();
    }

    /**
     * @param client closed with this
     * @param nodeName only pods there are asked for
     * @param labels keys of the labels to keep
     */
    static PodWatch start(KubernetesClient client, String nodeName, Set<String> labels, PodDirectory directory) {
        PodWatch watch = new PodWatch(client, nodeName, labels, directory);
        watch.informer.start();
        return watch;
    }

    @Override
    public void close() {
        informer.close();
        client.close();
    }

    @Override
    public void onAdd(Pod pod) {
        learn(pod);
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
        if (!before.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
            retire(before); // the same name again, between two lists
        }
        learn(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean finalStateUnknown) {
        retire(pod);
    }

    private void learn(Pod pod) {
        if (failing) {
            failing = false;
            LOG.info("Pods are named again");
        }
        Map<String, String> all = pod.getMetadata().getLabels();
        Map<String, String> kept = new HashMap<>(all == null ? Map.of() : all);
        kept.keySet().retainAll(labels);
        PodNames names = PodNames.ofPod(
                pod.getMetadata().getNamespace(), pod.getMetadata().getName(), kept);

        Set<String> ids = new HashSet<>();
        String uid = pod.getMetadata().getUid();
        ids.add(uid);
        directory.learn(uid, names);
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        String staticUid = annotations == null ? null : annotations.get(STATIC_POD_UID);
        if (staticUid != null) {
            ids.add(staticUid);
            directory.learn(staticUid, names);
        }
        PodStatus status = pod.getStatus();
        if (status != null) {
            learnContainers(status.getInitContainerStatuses(), names, ids);
            learnContainers(status.getContainerStatuses(), names, ids);
            learnContainers(status.getEphemeralContainerStatuses(), names, ids);
        }
        Set<String> before = idsOfPods.put(uid, ids);
        if (before != null) {
            before.stream().filter(id -> !ids.contains(id)).forEach(directory::retire);
        }
    }

    private void learnContainers(List<ContainerStatus> statuses, PodNames pod, Set<String> ids) {
        for (ContainerStatus status : statuses) {
            PodNames names = pod.container(status.getName());
            containerIds(status).forEach(id -> {
                ids.add(id);
                directory.learn(id, names);
            });
        }
    }

    /** The one that runs and the one that ended last, as in cgroup paths. */
    private static Stream<String> containerIds(ContainerStatus status) {
        String last = status.getLastState() == null || status.getLastState().getTerminated() == null
                ? null
                : status.getLastState().getTerminated().getContainerID();
        // "containerd://" and the digits
        return Stream.of(status.getContainerID() == null ? "" : status.getContainerID(), last == null ? "" : last)
                .map(id -> id.substring(id.lastIndexOf('/') + 1))
                .filter(id -> id.length() == CONTAINER_ID_DIGITS);
    }

    private void retire(Pod pod) {
        Set<String> ids = idsOfPods.remove(pod.getMetadata().getUid());
        if (ids != null) {
            ids.forEach(directory::retire);
        }
    }

    /** @return true: try again */
    private boolean onFailure(Throwable failure) {
        if (!failing) {
            LOG.warn("Pods are named late: the Kubernetes API does not answer: {}", failure.getMessage());
        }
        failing = true;
        return true;
    }
}
