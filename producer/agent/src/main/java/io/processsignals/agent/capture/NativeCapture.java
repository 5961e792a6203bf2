// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.raw.RawLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The running kernel, through {@code libprocess_signals.so}: see {@code jni/process_signals_capture.h}, whose functions
 * these are. Nothing is captured before {@link #attach}.
 */
public final class NativeCapture implements CaptureSource {
    /** Bulk events are refused when the ring is fuller than this, in percent: the rest is for deaths. */
    private static final int BULK_PERCENT = 75;

    private static final int ENOENT = 2;

    private static final @Nullable String UNAVAILABLE = loadLibrary();

    private long handle;

    private NativeCapture(long handle) {
        this.handle = handle;
    }

    private static @Nullable String loadLibrary() {
        String problem = NativeLibrary.load();
        if (problem == null && layoutVersion0() != RawLayout.LAYOUT_VERSION) {
            problem = "the capture library writes record layout " + layoutVersion0() + ", this agent reads "
                    + RawLayout.LAYOUT_VERSION + ": use the library that was built with it";
        }
        return problem;
    }

    public static boolean isAvailable() {
        return UNAVAILABLE == null;
    }

    /** Why {@link #isAvailable} is false, in one line. */
    public static Optional<String> unavailabilityCause() {
        return Optional.ofNullable(UNAVAILABLE);
    }

    /**
     * Loads the library and reads what {@link #open} needs to know of the kernel, whatever the options: a fifth of a
     * second, which a thread beside the one that opens may spend. No effect where there is no library.
     */
    public static void prepare() {
        if (isAvailable()) {
            prepare0();
        }
    }

    /** Loads the programs into the kernel, detached. The caller closes what it gets. */
    public static NativeCapture open(CaptureOptions options) throws CaptureException {
        requireLibrary();
        CaptureOptions.Pinning pinning = options.pinning();
        return new NativeCapture(open0(
                options.ringBytes(),
                options.signalMask(),
                options.execArgsMax(),
                BULK_PERCENT,
                options.rateLimit().perSecond(),
                options.rateLimit().burst(),
                options.signalsDelivered(),
                pinning == null ? null : pinning.folder().toString(),
                pinning == null ? 0 : pinning.quietSeconds()));
    }

    /** Attaches every hook; fails if a mandatory one cannot be attached. */
    public void attach() throws CaptureException {
        attach0(handle());
    }

    @Override
    public int poll(ByteBuffer buffer, int timeoutMillis, int silenceMillis) throws CaptureException {
        return checked("read the ring buffer", poll0(handle(), buffer, timeoutMillis, silenceMillis));
    }

    @Override
    public void wake() {
        wake0(handle());
    }

    @Override
    public void release() {
        release0(handle());
    }

    @Override
    public void readCounters(HookCounters counters) {
        int error = counters0(handle(), counters.buffer());
        if (error < 0) {
            throw new IllegalStateException("cannot read the kernel's counters: errno " + -error);
        }
    }

    @Override
    public boolean isAdopted() {
        return isAdopted0(handle());
    }

    /** Whether programs that another build or configuration had pinned were found, and not kept. */
    public boolean hasReplaced() {
        return hasReplaced0(handle());
    }

    @Override
    public void heartbeat() {
        heartbeat0(handle());
    }

    @Override
    public void readReported(ByteBuffer buffer) throws CaptureException {
        checked("read what was reported", reported0(handle(), buffer));
    }

    @Override
    public void writeReported(ByteBuffer buffer) throws CaptureException {
        checked("keep what was reported", setReported0(handle(), buffer));
    }

    /**
     * Reads the rate limit's buckets of cgroups that had events held back.
     *
     * @param buffer direct, native byte order; filled with {@code struct ps_rate_bucket}s
     * @return how many; 0 if nothing was held back since the last call
     */
    public int readSuppressed(ByteBuffer buffer) throws CaptureException {
        return checked("read the rate limit's buckets", suppressed0(handle(), buffer));
    }

    /**
     * Reads how much of a cgroup's counts was told already, by an agent before this one too.
     *
     * @param told direct, native byte order; filled with a {@code struct ps_rate_told}: zeros if nothing was
     */
    public void readTold(long cgroupId, ByteBuffer told) throws CaptureException {
        checked("read what was told of the rate limit", told0(handle(), cgroupId, told));
    }

    /** Keeps what {@link #readTold} reads for as long as the buckets live. */
    public void writeTold(long cgroupId, ByteBuffer told) throws CaptureException {
        checked("keep what was told of the rate limit", setTold0(handle(), cgroupId, told));
    }

    /**
     * Ends the bucket of a cgroup that was removed.
     *
     * @param last filled with its last counts, one {@code struct ps_rate_bucket}
     * @return false if it had none
     */
    public boolean forgetCgroup(long cgroupId, ByteBuffer last) throws CaptureException {
        int result = forgetCgroup0(handle(), cgroupId, last);
        return result != -ENOENT && checked("remove a rate limit's bucket", result) == 0;
    }

    /** Removes everything that is pinned below the folder, and the folder; no effect if there is none. */
    public static void unpin(Path folder) throws CaptureException {
        requireLibrary();
        unpin0(folder.toString());
    }

    /**
     * Reads {@code PS_RECORD_RUNNING} records, one for each process that lives now, from the kernel's task iterator.
     *
     * @param buffer direct, native byte order; filled from 0
     * @return bytes; 0 when all were read, and the next call starts again
     * @throws CaptureException also if this kernel has no task iterator
     */
    public int readRunning(ByteBuffer buffer) throws CaptureException {
        return checked("read the task iterator", running0(handle(), buffer));
    }

    @Override
    public List<HookStatus> hooks() {
        return List.of(hooks0(handle()));
    }

    @Override
    public long captureId() {
        return captureId0(handle());
    }

    @Override
    public int cpus() {
        return cpus0(handle());
    }

    @Override
    public void close() {
        long open = handle;
        handle = 0;
        if (open != 0) {
            close0(open);
        }
    }

    /**
     * Reads CLOCK_BOOTTIME and CLOCK_REALTIME as one moment.
     *
     * @param bootAndReal filled with both, in this order, in nanoseconds
     */
    public static void readClocks(long[] bootAndReal) throws CaptureException {
        requireLibrary();
        clocks0(bootAndReal);
    }

    /** Bytes of the largest record: the least that a buffer for {@link #poll} must hold. */
    public static int recordMax() throws CaptureException {
        requireLibrary();
        return recordMax0();
    }

    private static void requireLibrary() throws CaptureException {
        if (UNAVAILABLE != null) {
            throw new CaptureException(UNAVAILABLE);
        }
    }

    private long handle() {
        if (handle == 0) {
            throw new IllegalStateException("the capture is closed");
        }
        return handle;
    }

    private static int checked(String action, int result) throws CaptureException {
        if (result < 0) {
            throw new CaptureException("cannot " + action + ": errno " + -result);
        }
        return result;
    }

    private static native long open0(
            long ringBytes,
            long signalMask,
            int execArgsMax,
            int bulkPercent,
            int ratePerSecond,
            int rateBurst,
            boolean signalsDelivered,
            @Nullable String pinFolder,
            int pinQuietSeconds)
            throws CaptureException;

    private static native void attach0(long handle) throws CaptureException;

    private static native int poll0(long handle, ByteBuffer buffer, int timeoutMillis, int silenceMillis);

    private static native void wake0(long handle);

    private static native void release0(long handle);

    private static native int counters0(long handle, ByteBuffer buffer);

    private static native int reported0(long handle, ByteBuffer buffer);

    private static native int setReported0(long handle, ByteBuffer buffer);

    private static native int suppressed0(long handle, ByteBuffer buffer);

    private static native int told0(long handle, long cgroupId, ByteBuffer buffer);

    private static native int setTold0(long handle, long cgroupId, ByteBuffer buffer);

    private static native int forgetCgroup0(long handle, long cgroupId, ByteBuffer buffer);

    private static native boolean isAdopted0(long handle);

    private static native boolean hasReplaced0(long handle);

    private static native void heartbeat0(long handle);

    private static native void unpin0(String pinFolder) throws CaptureException;

    private static native int running0(long handle, ByteBuffer buffer);

    private static native HookStatus[] hooks0(long handle);

    private static native int cpus0(long handle);

    private static native long captureId0(long handle);

    private static native void close0(long handle);

    private static native void prepare0();

    private static native void clocks0(long[] bootAndReal);

    private static native int layoutVersion0();

    private static native int recordMax0();
}
