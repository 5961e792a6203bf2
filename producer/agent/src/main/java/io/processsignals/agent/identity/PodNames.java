// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.common.codec.ConstantText;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What Kubernetes calls a pod, or a container in it. Immutable, its texts ready to be put into an event. */
public final class PodNames {
    private final ConstantText namespace;
    private final ConstantText pod;
    private final @Nullable ConstantText container;
    private final Label[] labels;

    /** One label of the pod. */
    public record Label(ConstantText key, ConstantText value) {}

    private PodNames(ConstantText namespace, ConstantText pod, @Nullable ConstantText container, Label[] labels) {
        this.namespace = namespace;
        this.pod = pod;
        this.container = container;
        this.labels = labels;
    }

    /** A pod, without a container. */
    public static PodNames ofPod(String namespace, String pod, Map<String, String> labels) {
        Label[] texts = new TreeMap<>(labels)
                .entrySet().stream()
                        .map(label -> new Label(ConstantText.of(label.getKey()), ConstantText.of(label.getValue())))
                        .toArray(Label[]::new);
        return new PodNames(ConstantText.of(namespace), ConstantText.of(pod), null, texts);
    }

    /** A container of this pod. */
    public PodNames container(String name) {
        return new PodNames(namespace, pod, ConstantText.of(name), labels);
    }

    public ConstantText namespace() {
        return namespace;
    }

    public ConstantText pod() {
        return pod;
    }

    /** Null if only the pod is known. */
    public @Nullable ConstantText container() {
        return container;
    }

    public int labelCount() {
        return labels.length;
    }

    public Label label(int index) {
        return labels[index];
    }
}
