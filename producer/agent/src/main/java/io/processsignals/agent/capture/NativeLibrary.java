// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds and loads {@code libprocess_signals.so}, in this order:
 *
 * <ol>
 *   <li>the folder that the system property {@value #FOLDER_PROPERTY} names, and nowhere else if it is set;
 *   <li>{@code java.library.path};
 *   <li>the copy inside the jar, extracted to a private folder below {@code java.io.tmpdir}.
 * </ol>
 *
 * libbpf, libelf and libz lie beside the library and are found through its {@code $ORIGIN}.
 */
final class NativeLibrary {
    static final String FOLDER_PROPERTY = "processsignals.native.dir";

    private static final String NAME = "process_signals";
    private static final List<String> FILES =
            List.of("libz.so.1", "libelf.so.1", "libbpf.so.1", "libprocess_signals.so");

    private NativeLibrary() {}

    /** @return null if the library is loaded, else why not, in one line that says what to do */
    static @Nullable String load() {
        String system = System.getProperty("os.name", "");
        if (!system.equals("Linux")) {
            return "only Linux can be observed, this is " + system;
        }
        String folder = System.getProperty(FOLDER_PROPERTY);
        try {
            if (folder != null) {
                System.load(Path.of(folder, System.mapLibraryName(NAME))
                        .toAbsolutePath()
                        .toString());
            } else if (!loadFromLibraryPath()) {
                loadFromJar();
            }
            return null;
        } catch (IOException | UnsatisfiedLinkError e) {
            return "cannot load the capture library: " + e.getMessage();
        }
    }

    private static boolean loadFromLibraryPath() {
        String file = System.mapLibraryName(NAME);
        for (String folder :
                System.getProperty("java.library.path", "").split(System.getProperty("path.separator", ":"), -1)) {
            if (!folder.isEmpty() && Files.exists(Path.of(folder, file))) {
                System.load(Path.of(folder, file).toAbsolutePath().toString());
                return true;
            }
        }
        return false;
    }

    private static void loadFromJar() throws IOException {
        String architecture = switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> throw new IOException("no build for " + System.getProperty("os.arch"));
        };
        String source = "/META-INF/native/linux-" + architecture + "/";
        Path folder = Files.createTempDirectory(
                "process-signals-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            for (String file : FILES) {
                try (InputStream in = NativeLibrary.class.getResourceAsStream(source + file)) {
                    if (in == null) {
                        throw new IOException("this build holds no library for linux-" + architecture);
                    }
                    Files.copy(in, folder.resolve(file));
                }
            }
            loadExtracted(folder.resolve(System.mapLibraryName(NAME)));
        } finally {
            // What is mapped stays usable without its name.
            delete(folder);
        }
    }

    private static void loadExtracted(Path library) throws IOException {
        try {
            System.load(library.toString());
        } catch (UnsatisfiedLinkError e) {
            if (String.valueOf(e.getMessage()).contains("failed to map segment")) {
                throw new IOException(
                        System.getProperty("java.io.tmpdir")
                                + " is mounted noexec: set -Djava.io.tmpdir to a folder that is" + " not, or -D"
                                + FOLDER_PROPERTY + " to one that holds the library",
                        e);
            }
            throw e;
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
