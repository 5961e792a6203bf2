// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Builds the initramfs of a guest: a Java runtime made by jlink with the libraries that it needs, this test's class
 * path without Kafka, the death lab and process 1.
 */
final class GuestImage {
    private static final Path WORK = Path.of("target/guest").toAbsolutePath();
    private static final String MODULES = "java.base,java.logging,java.management,java.naming,java.xml,jdk.unsupported";
    /** Of {@code ldd}: a library by name, or the dynamic loader by path. */
    private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/\\S+) \\(0x");
    /** What the collector never loads. */
    private static final Pattern NOT_NEEDED = Pattern.compile(
            "kafka(?!-clients)|logback|zookeeper|jetty|jersey|netty|junit|assertj|awaitility|surefire|rocksdb|zstd|lz4"
                    + "|snappy|scala|opentelemetry|protobuf|jose4j|embedded|apicurio");

    private GuestImage() {}

    /** @param lab the death lab's program */
    static Path build(Path lab) throws IOException, InterruptedException {
        Files.createDirectories(WORK);
        Path runtime = WORK.resolve("java");
        if (!Files.exists(runtime.resolve("bin/java"))) {
            run(
                    Path.of(System.getProperty("java.home"), "bin/jlink").toString(),
                    "--add-modules",
                    MODULES,
                    "--strip-debug",
                    "--no-header-files",
                    "--no-man-pages",
                    "--output",
                    runtime.toString());
        }
        Path init = init(List.of("gcc"));
        Path image = WORK.resolve("initramfs.gz");
        try (CpioWriter cpio = new CpioWriter(new BufferedOutputStream(fastGzip(image)))) {
            cpio.file("init", init);
            cpio.file("deathlab", lab);
            cpio.tree("java", runtime);
            for (Path library : libraries(runtime)) {
                cpio.file(
                        library.toString().contains("ld-linux")
                                ? library.toString().substring(1)
                                : "lib/" + library.getFileName(),
                        library);
            }
            addClassPath(cpio);
        }
        return image;
    }

    /**
     * Where a script of {@code src/test/guest} put what it downloaded; without network the test is left out, and says
     * so.
     */
    static Path fetch(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("src/test/guest/" + script));
        command.addAll(List.of(arguments));
        Process fetch = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String path = new String(fetch.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assumeThat(fetch.waitFor())
                .as("%s %s: cannot be had here, see above", script, List.of(arguments))
                .isZero();
        return Path.of(path);
    }

    /**
     * A guest for one C program with shared libraries.
     *
     * @param compiler of the guest's architecture, with options
     * @param content by name in the guest
     */
    static Path build(List<String> compiler, Map<String, Path> content) throws IOException, InterruptedException {
        Files.createDirectories(WORK);
        Path image = WORK.resolve(compiler.get(0) + ".initramfs.gz");
        try (CpioWriter cpio = new CpioWriter(new BufferedOutputStream(fastGzip(image)))) {
            cpio.file("init", init(compiler));
            for (Map.Entry<String, Path> file : content.entrySet()) {
                cpio.file(file.getKey(), file.getValue());
            }
        }
        return image;
    }

    private static Path init(List<String> compiler) throws IOException, InterruptedException {
        Path init = WORK.resolve(compiler.get(0) + ".init");
        List<String> command = new ArrayList<>(compiler);
        command.addAll(List.of("-O1", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-static"));
        command.addAll(List.of("-o", init.toString(), "src/test/guest/init.c"));
        run(command.toArray(String[]::new));
        return init;
    }

    /** The initramfs is written once for a boot or two: speed matters more than size. */
    private static GZIPOutputStream fastGzip(Path target) throws IOException {
        return new GZIPOutputStream(Files.newOutputStream(target), 1 << 16) {
            {
                def.setLevel(Deflater.BEST_SPEED);
            }
        };
    }

    /** Folders are merged into one, jars stay apart. */
    private static void addClassPath(CpioWriter cpio) throws IOException {
        Path classes = Files.createTempDirectory(WORK, "classes");
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                copy(path, classes);
            } else if (Files.exists(path)
                    && !NOT_NEEDED.matcher(path.getFileName().toString()).find()) {
                cpio.file("app/lib/" + path.getFileName(), path);
            }
        }
        cpio.tree("app/classes", classes);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path target = to.resolve(from.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static Set<Path> libraries(Path runtime) throws IOException, InterruptedException {
        Set<Path> libraries = new LinkedHashSet<>();
        try (Stream<Path> files = Files.walk(runtime)) {
            for (Path file : files.filter(
                            f -> f.endsWith("bin/java") || f.toString().endsWith(".so"))
                    .toList()) {
                Matcher matcher = LIBRARY.matcher(output("ldd", file.toString()));
                while (matcher.find()) {
                    Path library = Path.of(matcher.group(1));
                    if (!library.startsWith(runtime)) {
                        libraries.add(library);
                    }
                }
            }
        }
        return libraries;
    }

    static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(List.of(command).toString())
                .isZero();
    }

    private static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        try (InputStream in = process.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
