// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.pods;

import io.processsignals.agent.identity.PodDirectory;
import io.processsignals.agent.identity.PodNames;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names from the links that the kubelet makes to every container's log, {@code pod_namespace_container-id.log}. Needs
 * no API and no right but to list the folder. Labels and pod UIDs are not there.
 */
final class LogFolderNames implements PodNameSource {
    private static final Logger LOG = LoggerFactory.getLogger(LogFolderNames.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** Neither a pod's name nor a namespace has an underscore; a container's name may have dashes. */
    private static final Pattern FILE = Pattern.compile("([a-z0-9.-]+)_([a-z0-9-]+)_([a-z0-9-]+)-([0-9a-f]{64})\\.log");

    private final Path folder;
    private final PodDirectory directory;
    private final Thread thread = new Thread(this::run, "pod-log-names");
    private Set<String> known = Set.of();
    private boolean complained;

    LogFolderNames(Path folder, PodDirectory directory) {
        this.folder = folder;
        this.directory = directory;
    }

    static LogFolderNames start(Path folder, PodDirectory directory) {
        LogFolderNames names = new LogFolderNames(folder, directory);
        names.thread.setDaemon(true);
        names.thread.start();
        return names;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    /** Reads the folder once. */
    void read() throws IOException {
        Set<String> found = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.log")) {
            for (Path file : files) {
                Matcher matcher = FILE.matcher(String.valueOf(file.getFileName()));
                if (matcher.matches()) {
                    String id = matcher.group(4);
                    found.add(id);
                    if (!known.contains(id)) {
                        // The API, where there is one, knows more
                        directory.learnIfAbsent(
                                id,
                                PodNames.ofPod(matcher.group(2), matcher.group(1), Map.of())
                                        .container(matcher.group(3)));
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        known.stream().filter(id -> !found.contains(id)).forEach(directory::retire);
        known = found;
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                read();
                complained = false;
            } catch (IOException e) {
                if (!complained) {
                    LOG.warn("Pods are not named: cannot list {}: mount the node's folder there", folder);
                    complained = true;
                }
            }
            try {
                Thread.sleep(INTERVAL.toMillis());
            } catch (InterruptedException e) {
                return; // closed
            }
        }
    }
}
