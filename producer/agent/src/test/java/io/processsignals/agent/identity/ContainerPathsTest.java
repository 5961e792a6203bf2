// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.QosClass;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ContainerPathsTest {
    private static final String CID = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa00112233445566778899";
    private static final String OUTER = "aaaa5d6c7b8a99887766554433221100ffeeddccbbaa00112233445566778899";
    private static final String UID = "7d1c2b3a-0f1e-4d2c-8b3a-9f8e7d6c5b4a";
    private static final String UID_ = UID.replace('-', '_');
    private static final String STATIC_UID = "0123456789abcdef0123456789abcdef";

    static Stream<Arguments> paths() {
        return Stream.of(
                // cgroupfs driver
                row(
                        "/kubepods/burstable/pod" + UID + "/" + CID,
                        ContainerRuntime.UNKNOWN,
                        CID,
                        UID,
                        QosClass.BURSTABLE),
                row(
                        "/kubepods/besteffort/pod" + UID + "/" + CID,
                        ContainerRuntime.UNKNOWN,
                        CID,
                        UID,
                        QosClass.BEST_EFFORT),
                row("/kubepods/pod" + UID + "/" + CID, ContainerRuntime.UNKNOWN, CID, UID, QosClass.GUARANTEED),
                // systemd driver
                row(
                        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + UID_
                                + ".slice/cri-containerd-" + CID + ".scope",
                        ContainerRuntime.CONTAINERD,
                        CID,
                        UID,
                        QosClass.BURSTABLE),
                row(
                        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + UID_ + ".slice/crio-"
                                + CID + ".scope",
                        ContainerRuntime.CRIO,
                        CID,
                        UID,
                        QosClass.BEST_EFFORT),
                row(
                        "/kubepods.slice/kubepods-pod" + UID_ + ".slice/crio-" + CID + ".scope",
                        ContainerRuntime.CRIO,
                        CID,
                        UID,
                        QosClass.GUARANTEED),
                row(
                        "/kubepods.slice/kubepods-pod" + UID_ + ".slice/docker-" + CID + ".scope",
                        ContainerRuntime.DOCKER,
                        CID,
                        UID,
                        QosClass.GUARANTEED),
                // systemd in the container makes cgroups of its own
                row(
                        "/kubepods.slice/kubepods-pod" + UID_ + ".slice/crio-" + CID + ".scope/system.slice/x.service",
                        ContainerRuntime.CRIO,
                        CID,
                        UID,
                        QosClass.GUARANTEED),
                // systemd paths under the cgroupfs driver
                row(
                        "/system.slice/containerd.service/kubepods-burstable-pod" + UID_ + ".slice:cri-containerd:"
                                + CID,
                        ContainerRuntime.CONTAINERD,
                        CID,
                        UID,
                        QosClass.BURSTABLE),
                // kind: a node inside a Docker container
                row(
                        "/docker/" + OUTER + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
                                + "kubelet-kubepods-besteffort-pod" + UID_ + ".slice/cri-containerd-" + CID + ".scope",
                        ContainerRuntime.CONTAINERD,
                        CID,
                        UID,
                        QosClass.BEST_EFFORT),
                row(
                        "/docker/" + OUTER + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + UID_
                                + ".slice/cri-containerd-" + CID + ".scope",
                        ContainerRuntime.CONTAINERD,
                        CID,
                        UID,
                        QosClass.GUARANTEED),
                row("/docker/" + OUTER + "/init.scope", ContainerRuntime.DOCKER, OUTER, null, QosClass.UNKNOWN),
                row(
                        "/docker/" + OUTER + "/system.slice/crio-conmon-" + CID + ".scope",
                        ContainerRuntime.DOCKER,
                        OUTER,
                        null,
                        QosClass.UNKNOWN),
                // seen from a private cgroup namespace; a static pod's UID is a hash; the level is cut off
                row("/../../pod" + STATIC_UID + "/" + CID, ContainerRuntime.UNKNOWN, CID, STATIC_UID, QosClass.UNKNOWN),
                row(
                        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + STATIC_UID
                                + ".slice/cri-containerd-" + CID + ".scope",
                        ContainerRuntime.CONTAINERD,
                        CID,
                        STATIC_UID,
                        QosClass.BURSTABLE),
                // without Kubernetes
                row("/system.slice/docker-" + CID + ".scope", ContainerRuntime.DOCKER, CID, null, QosClass.UNKNOWN),
                row("/docker/" + CID, ContainerRuntime.DOCKER, CID, null, QosClass.UNKNOWN), // cgroupfs driver
                row("/docker/" + OUTER + "/docker/" + CID, ContainerRuntime.DOCKER, CID, null, QosClass.UNKNOWN),
                row(
                        "/docker/" + OUTER + "/kubepods/pod" + UID + "/" + CID,
                        ContainerRuntime.UNKNOWN,
                        CID,
                        UID,
                        QosClass.GUARANTEED),
                row("/default/" + CID, ContainerRuntime.UNKNOWN, CID, null, QosClass.UNKNOWN),
                row("/machine.slice/libpod-" + CID + ".scope", ContainerRuntime.PODMAN, CID, null, QosClass.UNKNOWN),
                row(
                        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + CID + ".scope/container",
                        ContainerRuntime.PODMAN,
                        CID,
                        null,
                        QosClass.UNKNOWN),
                row("/libpod_parent/libpod-" + CID, ContainerRuntime.PODMAN, CID, null, QosClass.UNKNOWN),
                // monitors are beside the container, not in it
                row(
                        "/machine.slice/libpod-conmon-" + CID + ".scope",
                        ContainerRuntime.NONE,
                        null,
                        null,
                        QosClass.UNKNOWN),
                row(
                        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + UID_ + ".slice/crio-conmon-"
                                + CID + ".scope",
                        ContainerRuntime.NONE,
                        null,
                        UID,
                        QosClass.BURSTABLE),
                // a pod, but no container of it
                row("/kubepods/burstable/pod" + UID, ContainerRuntime.NONE, null, UID, QosClass.BURSTABLE),
                row("/kubepods/burstable", ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                // none
                row("/", ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/user.slice/user-0.slice/session-1.scope", ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                // almost
                row("/x/" + CID + "0", ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/x/0" + CID, ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/x/" + CID.substring(1), ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/x/" + CID.toUpperCase(Locale.ROOT), ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/x/" + CID + ".service", ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/kubepods/pod" + UID + "0/x", ContainerRuntime.NONE, null, null, QosClass.UNKNOWN),
                row("/libpod_parent/tripod" + STATIC_UID, ContainerRuntime.NONE, null, null, QosClass.UNKNOWN));
    }

    private static Arguments row(String path, ContainerRuntime runtime, String cid, String uid, QosClass qos) {
        return Arguments.of(
                path, new ContainerIdentity(runtime, Optional.ofNullable(cid), Optional.ofNullable(uid), qos));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void readsWhatThePathSays(String path, ContainerIdentity expected) {
        assertThat(ContainerPaths.parse(path)).isEqualTo(expected);
    }

    @Test
    void anyTextIsParsed() {
        assertThat(ContainerPaths.parse("").runtime()).isEqualTo(ContainerRuntime.NONE);
        assertThat(ContainerPaths.parse("/\uef80\n\0kubepods-pod/" + "a".repeat(100_000))
                        .runtime())
                .isEqualTo(ContainerRuntime.NONE);
    }
}
