// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.pods;

import io.processsignals.agent.config.AgentConfig;
import io.processsignals.agent.config.PodNamesFrom;
import io.processsignals.agent.identity.PodDirectory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the sources of pod names that the configuration asks for, apart from everything else: whatever happens to them,
 * events go on with the ids alone.
 *
 * <p>The Kubernetes client is big. Its classes are loaded here only, and only if it is used.
 */
public final class PodNaming implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PodNaming.class);

    /** Names nothing. */
    public static final PodNaming OFF = new PodNaming();

    /** Set by Kubernetes in every pod. */
    private static final String IN_CLUSTER = "KUBERNETES_SERVICE_HOST";

    private final List<PodNameSource> sources = new ArrayList<>(); // guarded by this
    private boolean closed; // guarded by this

    private PodNaming() {}

    /**
     * Begins and returns at once.
     *
     * @param nodeName what Kubernetes calls this node
     * @param environment of this process
     */
    public static PodNaming start(
            AgentConfig config, String nodeName, Map<String, String> environment, PodDirectory directory) {
        PodNaming naming = new PodNaming();
        PodNamesFrom from = config.podNamesFrom();
        boolean automatic = from == PodNamesFrom.AUTO;
        if (from == PodNamesFrom.LOGS || (automatic && Files.isDirectory(config.podLogFolder()))) {
            naming.add(LogFolderNames.start(config.podLogFolder(), directory));
        }
        if (from == PodNamesFrom.API || (automatic && environment.containsKey(IN_CLUSTER))) {
            Thread starter = new Thread(
                    () -> naming.watch(nodeName, new HashSet<>(config.podLabels()), directory), "pod-names-starter");
            starter.setDaemon(true);
            starter.start();
        }
        return naming;
    }

    @Override
    public synchronized void close() {
        closed = true;
        sources.forEach(PodNameSource::close);
        sources.clear();
    }

    private void watch(String nodeName, Set<String> labels, PodDirectory directory) {
        try {
            add(PodWatch.start(PodWatch.client(), nodeName, labels, directory));
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("Pods are not named: the Kubernetes client does not start: {}", e.toString());
        }
    }

    private synchronized void add(PodNameSource source) {
        if (closed) {
            source.close();
        } else {
            sources.add(source);
        }
    }
}
