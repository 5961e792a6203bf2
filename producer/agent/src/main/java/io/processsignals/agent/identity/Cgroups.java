// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.identity;

import io.processsignals.agent.raw.CgroupRecordFlyweight;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.agent.raw.RecordHeaderFlyweight;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Knows cgroups by their kernel id: from a walk at the start, from then on from the kernel side's own records of every
 * mkdir and rmdir, and for what slipped through, from {@code /proc/<pid>/cgroup} of a process that is in it. A path is
 * only believed if the directory has the inode that the kernel gave as the id: a dead or moved process, or a reused
 * pid, would otherwise name the wrong container.
 *
 * <p>A removed cgroup is kept for a while, because the events of its last processes are still on their way. The size is
 * bounded: what was removed longest ago goes first, then what was not asked for longest. Looking up what is known
 * allocates nothing. Used by the capture thread only.
 */
public final class Cgroups {
    /** Attempts to find an unknown cgroup through procfs, all cgroups together. */
    static final int ATTEMPTS_PER_SECOND = 50;

    private static final long SECOND_NANOS = 1_000_000_000;
    private static final int MAX_BACKOFF_SHIFT = 6;
    private static final byte[] DOT_DOT = {'.', '.'};

    private final CgroupHierarchy hierarchy;
    private final Path procRoot;
    private final int maxEntries;
    private final long keepNanos;

    private final LongMap<CgroupEntry> entries = new LongMap<>();
    private final CgroupEntry live = new CgroupEntry(0, null); // sentinels of two rings, oldest at next
    private final CgroupEntry removed = new CgroupEntry(0, null);
    private final RecordHeaderFlyweight header = new RecordHeaderFlyweight();
    private CgroupListener listener = CgroupListener.NONE;
    private PodDirectory pods = new PodDirectory(0, 0);
    private CgroupEntry latest = CgroupEntry.UNKNOWN; // found last, with a path
    private long evictions;
    private long attemptWindowBootNs;
    private int attemptsInWindow;

    /**
     * @param hierarchy the one that the kernel side takes ids from
     * @param procRoot where a procfs of the initial pid namespace is mounted
     * @param maxEntries most cgroups known at a time
     * @param keepRemoved how long a removed cgroup is remembered
     */
    public Cgroups(CgroupHierarchy hierarchy, Path procRoot, int maxEntries, Duration keepRemoved) {
        if (maxEntries < 1) {
            throw new IllegalArgumentException("at least one cgroup must be remembered, not " + maxEntries);
        }
        this.hierarchy = hierarchy;
        this.procRoot = procRoot;
        this.maxEntries = maxEntries;
        this.keepNanos = keepRemoved.toNanos();
    }

    /** Tells the listener of every cgroup that is learned from now on; one listener, before {@link #scan}. */
    public void listen(CgroupListener newListener) {
        listener = newListener;
    }

    /** Names pods from this directory, which may learn names at any time. */
    public void namePodsFrom(PodDirectory directory) {
        pods = directory;
    }

    /**
     * Walks the mounted hierarchy and learns every cgroup in it. Call after the kernel side is attached and before its
     * records are read, so that none made meanwhile is missed.
     *
     * @return cgroups found; 0 if the hierarchy is not mounted
     */
    public int scan() throws IOException {
        if (hierarchy.mount().isEmpty()) {
            return 0;
        }
        Path mount = hierarchy.mount().get();
        int prefix = PathBytes.of(mount.toAbsolutePath()).length;
        int[] found = {0};
        Files.walkFileTree(mount.toAbsolutePath(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                try {
                    byte[] path = PathBytes.of(directory);
                    learn(CgroupHierarchy.inode(directory), Arrays.copyOfRange(path, prefix, path.length), 0);
                    found[0]++;
                } catch (IOException e) {
                    return FileVisitResult.SKIP_SUBTREE; // removed meanwhile
                }
                return found[0] < maxEntries ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // removed meanwhile
                }
                throw e;
            }
        });
        return found[0];
    }

    /** Learns from a record of the kernel side; one of another hierarchy has no effect. */
    public void apply(CgroupRecordFlyweight cgroup) {
        cgroup.header(header);
        long bootNs = header.bootNs();
        if (cgroup.hierarchy() == hierarchy.number()) {
            if (header.has(RecordFlags.CGROUP_REMOVED)) {
                remove(cgroup.cgroupId(), bootNs);
            } else if (!header.has(RecordFlags.PATH_TRUNCATED)) {
                int start = cgroup.pathOffset();
                learn(cgroup.cgroupId(), Arrays.copyOfRange(cgroup.array(), start, start + cgroup.pathLen()), bootNs);
            }
        }
        forgetRemoved(bootNs);
    }

    /**
     * What is known of a cgroup.
     *
     * @param id kernel id, not 0
     * @param tgid of a process that is in it, to look it up if the id was never seen; 0 if none
     * @param bootNs about now, nanoseconds of CLOCK_BOOTTIME
     * @return never null; without a path if it is not known
     */
    public CgroupEntry find(long id, int tgid, long bootNs) {
        CgroupEntry entry = id == latest.id ? latest : entries.get(id);
        if (entry != null && entry.path() != null) {
            touch(entry);
            entry.refreshPod(pods);
            if (latest != entry) {
                latest = entry;
            }
            return entry;
        }
        if (tgid <= 0 || hierarchy.mount().isEmpty()) {
            return CgroupEntry.UNKNOWN;
        }
        if (entry == null) {
            entry = add(new CgroupEntry(id, null));
        }
        touch(entry);
        return bootNs >= entry.retryAtBootNs && mayAttempt(bootNs) ? attempt(entry, tgid, bootNs) : entry;
    }

    /** Cgroups known or known to be unknown. */
    public int size() {
        return entries.size();
    }

    /** How many were forgotten before their time, to stay within the bound. */
    public long evictions() {
        return evictions;
    }

    private CgroupEntry attempt(CgroupEntry entry, int tgid, long bootNs) {
        Optional<byte[]> path = pathOf(tgid, entry.id);
        if (path.isPresent()) {
            CgroupEntry learned = learn(entry.id, path.get(), 0);
            learned.refreshPod(pods);
            return learned;
        }
        entry.retryAtBootNs = bootNs + (SECOND_NANOS << Math.min(entry.attempts, MAX_BACKOFF_SHIFT));
        entry.attempts++;
        return entry;
    }

    private boolean mayAttempt(long bootNs) {
        if (bootNs - attemptWindowBootNs >= SECOND_NANOS) {
            attemptWindowBootNs = bootNs;
            attemptsInWindow = 0;
        }
        return attemptsInWindow++ < ATTEMPTS_PER_SECOND;
    }

    /** The path in {@code /proc/<pid>/cgroup}, if the directory there has the id. */
    private Optional<byte[]> pathOf(int tgid, long id) {
        Path mount = hierarchy.mount().orElseThrow();
        try {
            byte[] text =
                    Files.readAllBytes(procRoot.resolve(Integer.toString(tgid)).resolve("cgroup"));
            byte[] path = pathIn(text);
            if (path.length == 0 || hasDotDot(path) || CgroupHierarchy.inode(PathBytes.resolve(mount, path)) != id) {
                return Optional.empty();
            }
            return Optional.of(path);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // the process or the cgroup is gone
        }
    }

    /** The path in the line {@code N:controllers:path} of the hierarchy; empty if there is none. */
    private byte[] pathIn(byte[] text) {
        byte[] prefix = (hierarchy.number() + ":").getBytes(StandardCharsets.US_ASCII);
        int start = 0;
        while (start < text.length) {
            int end = start;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
            if (end - start > prefix.length
                    && Arrays.equals(text, start, start + prefix.length, prefix, 0, prefix.length)) {
                int colon = start + prefix.length;
                while (colon < end && text[colon] != ':') {
                    colon++;
                }
                return Arrays.copyOfRange(text, Math.min(colon + 1, end), end);
            }
            start = end + 1;
        }
        return new byte[0];
    }

    /** A path outside the reader's own cgroup namespace cannot be followed. */
    private static boolean hasDotDot(byte[] path) {
        return path.length > 2 && Arrays.equals(path, 1, 3, DOT_DOT, 0, 2) && (path.length == 3 || path[3] == '/');
    }

    private CgroupEntry learn(long id, byte[] path, long createdBootNs) {
        CgroupEntry old = entries.get(id);
        if (old != null) {
            forget(old);
        }
        CgroupEntry learned = add(new CgroupEntry(id, path.length == 0 ? "/" : PathBytes.text(path)));
        listener.known(id, learned, createdBootNs);
        return learned;
    }

    private CgroupEntry add(CgroupEntry entry) {
        while (entries.size() >= maxEntries) {
            CgroupEntry oldest = removed.next != removed ? removed.next : live.next;
            forget(oldest);
            listener.gone(oldest.id);
            evictions++;
        }
        entries.put(entry.id, entry);
        append(live, entry);
        return entry;
    }

    private void remove(long id, long bootNs) {
        CgroupEntry entry = entries.get(id);
        if (entry != null && !entry.removed) {
            unlink(entry);
            entry.removed = true;
            entry.removedAtBootNs = bootNs;
            append(removed, entry);
            listener.gone(id);
        }
    }

    private void forgetRemoved(long bootNs) {
        while (removed.next != removed && bootNs - removed.next.removedAtBootNs > keepNanos) {
            forget(removed.next);
        }
    }

    private void forget(CgroupEntry entry) {
        unlink(entry);
        entries.remove(entry.id);
        if (latest == entry) {
            latest = CgroupEntry.UNKNOWN;
        }
    }

    private void touch(CgroupEntry entry) {
        if (!entry.removed && live.previous != entry) {
            unlink(entry);
            append(live, entry);
        }
    }

    private static void unlink(CgroupEntry entry) {
        entry.previous.next = entry.next;
        entry.next.previous = entry.previous;
    }

    private static void append(CgroupEntry ring, CgroupEntry entry) {
        entry.previous = ring.previous;
        entry.next = ring;
        ring.previous.next = entry;
        ring.previous = entry;
    }
}
