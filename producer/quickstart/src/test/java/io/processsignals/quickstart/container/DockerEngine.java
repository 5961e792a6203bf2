// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.quickstart.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * The Docker engine of this machine, with one small image made here and the containers started from it. {@link #close}
 * removes all of them, and the image.
 */
final class DockerEngine {
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> APPLETS = List.of("sh", "sleep", "true", "kill", "cat");
    private static final String LABEL = "process-signals-test=" + UUID.randomUUID();

    private final String image;

    private DockerEngine(String image) {
        this.image = image;
    }

    /** Makes the image: busybox and the program {@code deaths}, both static. */
    static DockerEngine create() throws IOException, InterruptedException {
        Path root = Files.createTempDirectory("process-signals-image-");
        try {
            Path bin = Files.createDirectory(root.resolve("bin"));
            Files.copy(BUSYBOX, bin.resolve("busybox"));
            for (String applet : APPLETS) {
                Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
            }
            run("cc", "-O1", "-static", "-pthread", "-o", bin.resolve("deaths").toString(), "src/test/c/deaths.c");
            Path archive = root.resolve("root.tar");
            run("tar", "-C", root.toString(), "-cf", archive.toString(), "bin");
            String name = "process-signals-test:" + ProcessHandle.current().pid();
            run("docker", "import", archive.toString(), name);
            return new DockerEngine(name);
        } finally {
            run("rm", "-r", root.toString());
        }
    }

    /** {@code docker run -d} with these options and command; the container's id. */
    String start(List<String> options, String... command) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("docker", "run", "-d", "--network", "none", "--label", LABEL));
        line.addAll(options);
        line.add(image);
        line.addAll(List.of(command));
        return run(line.toArray(String[]::new)).strip();
    }

    String start(String... command) throws IOException, InterruptedException {
        return start(List.of(), command);
    }

    /** A docker command; what it prints. */
    String docker(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("docker"));
        line.addAll(List.of(arguments));
        return run(line.toArray(String[]::new)).strip();
    }

    /** The id that the node gives to the container's first process. */
    int pid(String container) throws IOException, InterruptedException {
        return Integer.parseInt(docker("inspect", "-f", "{{.State.Pid}}", container));
    }

    String image() {
        return image;
    }

    void close() throws IOException, InterruptedException {
        String containers = docker("ps", "-aq", "--filter", "label=" + LABEL);
        for (String container : containers.lines().toList()) {
            docker("rm", "-f", container);
        }
        docker("rmi", "-f", image);
    }

    static String run(String... command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("process-signals-", ".err");
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as("%s: %s", String.join(" ", command), Files.readString(errors))
                    .isZero();
            return out;
        } finally {
            Files.delete(errors);
        }
    }
}
