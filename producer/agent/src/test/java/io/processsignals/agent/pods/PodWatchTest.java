// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.processsignals.agent.identity.PodDirectory;
import io.processsignals.agent.identity.PodNames;
import io.processsignals.common.codec.ConstantText;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The real client against a server that answers as the API does. */
class PodWatchTest {
    private static final String NODE = "node-7";
    private static final String PODS = "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-7";
    private static final String FIRST_LIST = PODS + "&resourceVersion=0";
    private static final String WATCH = "/api/v1/pods?allowWatchBookmarks=true&fieldSelector=spec.nodeName%3Dnode-7"
            + "&resourceVersion=VERSION&timeoutSeconds=600&watch=true";
    private static final ConstantText API = ConstantText.of("a".repeat(64));
    private static final ConstantText API_AGAIN = ConstantText.of("b".repeat(64));

    private final KubernetesMockServer server = new KubernetesMockServer(false);
    private final PodDirectory directory = new PodDirectory(100, 100);
    private PodWatch watch;

    @BeforeEach
    void startServer() {
        server.init();
    }

    @AfterEach
    void stop() {
        if (watch != null) {
            watch.close();
        }
        server.destroy();
    }

    @Test
    void namesPodsOfTheOwnNodeThatAreListed() {
        list(FIRST_LIST, "1", pod("api-0", "u0", API));
        start();

        PodNames names = find(API, null);
        assertThat(names.namespace()).hasToString("payments");
        assertThat(names.pod()).hasToString("api-0");
        assertThat(names.container()).hasToString("api");
        assertThat(names.labelCount()).isEqualTo(1);
        assertThat(names.label(0).key()).hasToString("app");
        assertThat(names.label(0).value()).hasToString("api");
        assertThat(find(null, ConstantText.of("u0")).container()).isNull();
    }

    @Test
    void namesAPodThatComesLaterAndRemembersItWhenItIsDeleted() {
        list(FIRST_LIST, "1");
        // The server ends each watch after its event, and the client goes on from there
        watch("1", new WatchEvent(pod("api-0", "u0", null, "2"), "ADDED"));
        watch("2", new WatchEvent(pod("api-0", "u0", API, "3"), "MODIFIED"));
        watch("3", new WatchEvent(pod("api-0", "u0", API, "4"), "DELETED"));
        watch("4", new WatchEvent(pod("api-1", "u1", API_AGAIN, "5"), "ADDED"));
        start();

        assertThat(find(API_AGAIN, null).pod()).hasToString("api-1");
        assertThat(find(API, null).pod()).hasToString("api-0");
    }

    @Test
    void listsAgainWhenTheWatchHasExpired() {
        list(FIRST_LIST, "1", pod("api-0", "u0", API));
        watch(
                "1",
                new WatchEvent(
                        new StatusBuilder().withCode(410).withMessage("too old").build(), "ERROR"));
        list(PODS, "9", pod("api-1", "u1", API_AGAIN)); // without a version: the newest
        start();

        assertThat(find(API_AGAIN, null).pod()).hasToString("api-1");
        // gone between the lists, and still remembered
        assertThat(find(API, null).pod()).hasToString("api-0");
    }

    @Test
    void triesAgainWhenTheApiRefuses() {
        server.expect()
                .withPath(FIRST_LIST)
                .andReturn(403, new StatusBuilder().withCode(403).build())
                .once();
        list(FIRST_LIST, "1", pod("api-0", "u0", API));
        start();
        assertThat(find(API, null).pod()).hasToString("api-0");
    }

    @Test
    void knowsAStaticPodByTheUidInItsCgroups() {
        String hash = "0123456789abcdef0123456789abcdef";
        Pod pod = new PodBuilder(pod("kube-proxy-node-7", "mirror", null))
                .editMetadata()
                .addToAnnotations("kubernetes.io/config.hash", hash)
                .endMetadata()
                .build();
        list(FIRST_LIST, "1", pod);
        start();
        assertThat(find(null, ConstantText.of(hash)).pod()).hasToString("kube-proxy-node-7");
    }

    private void list(String path, String version, Pod... pods) {
        server.expect()
                .withPath(path)
                .andReturn(
                        200,
                        new PodListBuilder()
                                .withNewMetadata()
                                .withResourceVersion(version)
                                .endMetadata()
                                .withItems(pods)
                                .build())
                .once();
    }

    /** What a watch from that version on is told, before it ends. */
    private void watch(String version, WatchEvent event) {
        server.expect()
                .withPath(WATCH.replace("VERSION", version))
                .andUpgradeToWebSocket()
                .open()
                .waitFor(10)
                .andEmit(event)
                .done()
                .once();
    }

    private void start() {
        KubernetesClient client = new KubernetesClientBuilder()
                .withHttpClientFactory(new JdkHttpClientFactory())
                .withConfig(new ConfigBuilder(server.createClient().getConfiguration())
                        .withWatchReconnectInterval(10)
                        .withRequestRetryBackoffInterval(10)
                        .build())
                .build();
        watch = PodWatch.start(client, NODE, Set.of("app"), directory);
    }

    private PodNames find(ConstantText containerId, ConstantText podUid) {
        await().until(() -> directory.find(containerId, podUid) != null);
        return directory.find(containerId, podUid);
    }

    private static Pod pod(String name, String uid, ConstantText containerId) {
        return pod(name, uid, containerId, "1");
    }

    private static Pod pod(String name, String uid, ConstantText containerId, String version) {
        PodBuilder pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace("payments")
                .withName(name)
                .withUid(uid)
                .withResourceVersion(version)
                .addToLabels("app", "api")
                .addToLabels("other", "x")
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .endSpec()
                .withNewStatus()
                .endStatus();
        if (containerId != null) {
            pod.editStatus()
                    .addNewContainerStatus()
                    .withName("api")
                    .withContainerID("containerd://" + containerId)
                    .endContainerStatus()
                    .endStatus();
        }
        return pod.build();
    }
}
