// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.common.spool;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The spool's folder: who may own it, and what its files are called.
 *
 * <p>Spooled events carry command lines, and the agent writes as root. So the folder must be ours alone, nobody else
 * may be able to put another in its place, and no link is followed.
 */
final class SpoolDirectory {
    static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

    private static final Pattern SEGMENT_NAME = Pattern.compile("([0-9]{10})\\.seg");
    private static final Set<String> OPEN_TO_LOOK_AT = Set.of("rwxr-xr-x", "rwxr-x---", "rwx--x--x");
    private static final Path OURSELVES = Path.of("/proc/self");
    private static final int MODE_OTHERS_WRITE = 0002;
    private static final int MODE_STICKY = 01000;

    private final Path path;

    private SpoolDirectory(Path path) {
        this.path = path;
    }

    /** The folder as it is, for reading only. */
    static SpoolDirectory forReading(Path path) throws SpoolException {
        if (!Files.isDirectory(path)) {
            throw new SpoolException("there is no spool folder " + path);
        }
        return new SpoolDirectory(path);
    }

    /** Creates the folder if need be, and makes sure that it is a safe place. */
    static SpoolDirectory forWriting(Path configured) throws SpoolException {
        Path path = configured.toAbsolutePath().normalize();
        try {
            refuseLinks(path);
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                create(path);
            }
            if (POSIX) {
                refuseOthers(path);
            }
        } catch (IOException e) {
            throw unusable(path, e);
        }
        return new SpoolDirectory(path);
    }

    /**
     * Second half of the checks, with the lock held: the folder is ours and holds plain files only. Removes what an
     * earlier start was in the middle of writing.
     */
    void claim() throws IOException {
        for (Path file : files()) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new SpoolException("the spool folder holds " + file
                        + ", which is a link or no file: remove it, nothing but the spool may be there");
            }
            if (file.getFileName().toString().endsWith(".tmp")) {
                Files.delete(file);
            }
        }
        if (POSIX && !Files.getOwner(path).equals(ourselves())) {
            throw new SpoolException("the spool folder " + path + " belongs to user "
                    + Files.getOwner(path).getName() + ": give it to the agent's user, or configure another");
        }
    }

    /** The owner that the kernel gives to what we create. */
    private UserPrincipal ourselves() throws IOException {
        Path probe = Files.createTempFile(path, "owner", ".tmp");
        try {
            return Files.getOwner(probe, LinkOption.NOFOLLOW_LINKS);
        } finally {
            Files.delete(probe);
        }
    }

    static SpoolException unusable(Path path, IOException e) {
        return e instanceof SpoolException known
                ? known
                : new SpoolException("cannot use the spool folder " + path + ": " + reason(e), e);
    }

    /** What went wrong, in words and in one line. */
    static String reason(Throwable e) {
        String reason =
                e instanceof FileSystemException file && file.getReason() != null ? file.getReason() : e.getMessage();
        if (e instanceof NoSuchFileException) {
            reason = "it is gone";
        } else if (e instanceof NotDirectoryException) {
            reason = "it is no folder";
        } else if (e instanceof AccessDeniedException) {
            reason = "permission denied";
        }
        return reason == null ? e.getClass().getSimpleName() : reason.replace('\n', ' ');
    }

    Path path() {
        return path;
    }

    Path lockFile() {
        return path.resolve("lock");
    }

    Path checkpointFile() {
        return path.resolve("checkpoint");
    }

    Path segmentFile(long number) {
        return path.resolve(String.format(Locale.ROOT, "%010d.seg", number));
    }

    Path temporary(Path file) {
        return path.resolve(file.getFileName() + ".tmp");
    }

    /** The segment files by number, in order. */
    NavigableMap<Long, Path> segmentFiles() throws IOException {
        TreeMap<Long, Path> segments = new TreeMap<>();
        for (Path file : files()) {
            Matcher name = SEGMENT_NAME.matcher(file.getFileName().toString());
            if (name.matches()) {
                segments.put(Long.parseLong(name.group(1)), file);
            }
        }
        return segments;
    }

    /** When an agent last wrote here. */
    Instant lastWritten() throws IOException {
        long last = 0;
        for (Path file : files()) {
            last = Math.max(
                    last,
                    Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toMillis());
        }
        return Instant.ofEpochMilli(last);
    }

    /** Fails if the folder holds anything that a spool does not. */
    void requireOnlySpool() throws SpoolException {
        try {
            for (Path file : files()) {
                String name = file.getFileName().toString();
                boolean known = file.equals(lockFile())
                        || file.equals(checkpointFile())
                        || SEGMENT_NAME.matcher(name).matches()
                        || name.endsWith(".tmp");
                if (!known || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new SpoolException(path + " is left as it is: it is no spool, it holds " + name);
                }
            }
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    /** Deletes the folder and its files, those that say who uses it last. */
    void delete() throws SpoolException {
        try {
            for (Path file : files()) {
                if (!file.equals(lockFile())) {
                    Files.delete(file);
                }
            }
            Files.deleteIfExists(lockFile());
            Files.delete(path);
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    /** Makes created, renamed and deleted names durable. */
    void sync() throws IOException {
        if (POSIX) {
            try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
            stream.forEach(files::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }

    private static void create(Path path) throws IOException {
        if (POSIX) {
            Files.createDirectories(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(path);
        }
    }

    private static boolean isOurs(Path path) throws IOException {
        return Files.exists(OURSELVES) && Files.getOwner(OURSELVES).equals(Files.getOwner(path));
    }

    private static boolean isEmpty(Path path) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            return !files.iterator().hasNext();
        }
    }

    private static void refuseLinks(Path path) throws SpoolException {
        for (Path part = path; part != null; part = part.getParent()) {
            if (Files.isSymbolicLink(part)) {
                throw new SpoolException("the spool folder " + path + " is reached through the symbolic link " + part
                        + ": configure the path that it points to");
            }
        }
    }

    private static void refuseOthers(Path path) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory()) {
            throw new SpoolException("the spool folder " + path + " is not a folder");
        }
        String permissions = PosixFilePermissions.toString(attributes.permissions());
        if (OPEN_TO_LOOK_AT.contains(permissions) && isOurs(path) && isEmpty(path)) {
            // As kubelet makes a hostPath. One that holds anything may belong to something else.
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        } else if (!permissions.equals("rwx------")) {
            throw new SpoolException("the spool folder " + path + " has permissions " + permissions
                    + " but must be its owner's alone: chmod 700 " + path);
        }
        for (Path parent = path.getParent(); parent != null; parent = parent.getParent()) {
            int mode = (int) Files.getAttribute(parent, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            if ((mode & MODE_OTHERS_WRITE) != 0 && (mode & MODE_STICKY) == 0) {
                throw new SpoolException("everyone may replace the spool folder " + path + ": chmod o-w " + parent);
            }
        }
    }
}
