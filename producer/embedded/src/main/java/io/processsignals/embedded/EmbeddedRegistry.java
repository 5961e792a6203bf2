// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.embedded;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/**
 * A schema registry (Apicurio) in a child JVM on 127.0.0.1, with its Confluent-compatible API. It keeps everything in
 * memory: a restarted one is empty, and gives the first schema registered the id 1 again.
 *
 * <p>The child ends with this process, whatever ends this one; see {@link RegistryChild}.
 *
 * <p>The build unpacks the registry beside this module's classes or jar, as {@code registry/}; the system property
 * {@value #HOME_PROPERTY} names another folder.
 */
public final class EmbeddedRegistry implements AutoCloseable {
    /** Folder of the unpacked registry. */
    public static final String HOME_PROPERTY = "processsignals.registry.home";

    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final int LOG_TAIL_CHARACTERS = 2_000;

    private final int port;
    private Optional<Process> process = Optional.empty();
    private Optional<Path> folder = Optional.empty();

    private EmbeddedRegistry(int port) {
        this.port = port;
    }

    /** Starts a registry on a free port. */
    public static EmbeddedRegistry startTemporary() throws IOException, InterruptedException {
        return start(0);
    }

    /** {@link #startTemporary} on a thread of its own, while the caller starts a broker: each takes some seconds. */
    public static Future<EmbeddedRegistry> startMeanwhile() {
        FutureTask<EmbeddedRegistry> starting = new FutureTask<>(EmbeddedRegistry::startTemporary);
        new Thread(starting, "embedded-registry").start();
        return starting;
    }

    /**
     * Starts a registry and waits until it answers.
     *
     * @param port to listen on; 0 for a free one
     * @throws IOException if the port is taken or the registry does not come up; nothing is left behind
     */
    public static EmbeddedRegistry start(int port) throws IOException, InterruptedException {
        EmbeddedRegistry registry = create(port);
        registry.start();
        return registry;
    }

    /**
     * A registry that is not started yet, whose URL is known.
     *
     * @param port to listen on; 0 for a free one
     * @throws IOException if the port is taken
     */
    public static EmbeddedRegistry create(int port) throws IOException {
        if (port != 0) {
            Loopback.requireFree(port, "the registry");
        }
        return new EmbeddedRegistry(port == 0 ? Loopback.freePort() : port);
    }

    /** Base URL of the Confluent-compatible API, what clients call {@code schema.registry.url}. */
    public String url() {
        return "http://" + Loopback.HOST + ":" + port + "/apis/ccompat/v7";
    }

    /** Starts it again, empty, on the same port; does nothing if it runs. */
    public synchronized void start() throws IOException, InterruptedException {
        if (process.isPresent()) {
            return;
        }
        Path home = home();
        Path runner = onlyFile(home, "*-runner.jar");
        Path temporary = Files.createTempDirectory("process-signals-registry-");
        folder = Optional.of(temporary);
        try {
            Process child = new ProcessBuilder(command(runner, temporary))
                    .directory(temporary.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log(temporary).toFile())
                    .start();
            process = Optional.of(child);
            awaitReady(child, temporary);
        } catch (IOException | InterruptedException | RuntimeException e) {
            stop();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    /** Ends the child and removes what it left; {@link #start()} starts it again. */
    public synchronized void stop() throws IOException {
        process.ifPresent(child -> {
            child.destroyForcibly();
            child.onExit().join();
        });
        process = Optional.empty();
        if (folder.isPresent()) {
            TemporaryFolder.delete(folder.get());
            folder = Optional.empty();
        }
    }

    private List<String> command(Path runner, Path temporary) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"));
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
        command.add("-Dquarkus.http.host=" + Loopback.HOST);
        command.add("-Dquarkus.http.port=" + port);
        command.add("-cp");
        command.add(runner + File.pathSeparator + codeSource());
        command.add(RegistryChild.class.getName());
        command.add(temporary.toString());
        command.add(mainClass(runner));
        return command;
    }

    private void awaitReady(Process child, Path temporary) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url() + "/subjects"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            if (child.waitFor(50, TimeUnit.MILLISECONDS)) {
                throw new IOException("the embedded registry ended with status " + child.exitValue() + " at start: "
                        + logTail(temporary));
            }
            if (answers(client, request)) {
                return;
            }
        }
        throw new IOException("the embedded registry did not answer at " + url() + " within " + START_LIMIT.toSeconds()
                + " s: " + logTail(temporary));
    }

    private static boolean answers(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false; // not listening yet
        }
    }

    private static Path log(Path temporary) {
        return temporary.resolve("registry.log");
    }

    private static String logTail(Path temporary) throws IOException {
        String text = Files.readString(log(temporary), StandardCharsets.UTF_8).strip();
        return text.substring(Math.max(0, text.length() - LOG_TAIL_CHARACTERS));
    }

    private static Path home() throws IOException {
        String given = System.getProperty(HOME_PROPERTY);
        Path home = given == null ? codeSource().resolveSibling("registry") : Path.of(given);
        if (!Files.isDirectory(home)) {
            throw new IOException("no registry in " + home + ": build the project first, or set -D" + HOME_PROPERTY);
        }
        return home;
    }

    /** The folder or jar that this class was loaded from. */
    private static Path codeSource() throws IOException {
        try {
            return Path.of(EmbeddedRegistry.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    private static Path onlyFile(Path folder, String glob) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            for (Path file : files) {
                return file;
            }
        }
        throw new IOException("no " + glob + " in " + folder + ": build the project again");
    }

    private static String mainClass(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
        }
    }
}
