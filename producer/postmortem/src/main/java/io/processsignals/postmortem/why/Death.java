// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.why;

import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.Container;
import io.processsignals.events.EventType;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.postmortem.source.EventRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All that was read about one process that ended, or that got a signal which must have ended it. */
public final class Death {
    private static final int SIGKILL = 9;

    private final ProcessId process;
    private final List<EventRecord> records;
    private final Optional<EventRecord> exit;
    private final Optional<EventRecord> oomKill;
    private final Optional<EventRecord> signal;
    private final Optional<Cause> cause;

    /**
     * The signal that ended it.
     *
     * @param record which says so
     * @param fromExit whether the exit itself says so; else the signal's own event was joined
     */
    public record Cause(
            EventRecord record,
            boolean fromExit,
            int signal,
            String signalName,
            SignalOrigin origin,
            boolean oom,
            long bootTime,
            @Nullable ProcessReference sender,
            @Nullable ProcessReference context) {}

    /** @param records of this process alone, without duplicates, in their order */
    Death(ProcessId process, List<EventRecord> records) {
        this.process = process;
        this.records = List.copyOf(records);
        this.exit = last(EventType.PROCESS_EXIT);
        this.oomKill = last(EventType.OOM_KILL);
        this.signal = fatalSignal();
        this.cause = findCause();
    }

    public ProcessId process() {
        return process;
    }

    /** Everything about it, in its order. */
    public List<EventRecord> records() {
        return records;
    }

    public Optional<EventRecord> exit() {
        return exit;
    }

    Optional<ExitInfo> exitInfo() {
        return exit.map(record -> record.event().getExitInfo());
    }

    public Optional<EventRecord> oomKill() {
        return oomKill;
    }

    /** The SIGNAL_SENT event of the signal that ended it. */
    Optional<EventRecord> signal() {
        return signal;
    }

    public Optional<Cause> cause() {
        return cause;
    }

    /** Whether it ended: by its exit, or by a signal that leaves no choice. */
    public boolean isDead() {
        return exit.isPresent() || cause.isPresent() || oomKill.isPresent();
    }

    /** Whether anything says that the OOM killer chose it. */
    boolean isOom() {
        return oomKill.isPresent()
                || cause.map(Cause::oom).orElse(false)
                || exit.map(record -> record.event().getIsOomKill()).orElse(false);
    }

    /** When it ended, microseconds of CLOCK_BOOTTIME. */
    public long endTime() {
        return lastEvent().getBootTime();
    }

    /** The event that knows most about it: its exit, or the last one. */
    public ProcessSignalEvent lastEvent() {
        return exit.or(() -> oomKill).orElse(records.get(records.size() - 1)).event();
    }

    public @Nullable Container container() {
        for (int i = records.size() - 1; i >= 0; i--) {
            Container container = records.get(i).event().getContainer();
            if (container != null) {
                return container;
            }
        }
        return null;
    }

    /** {@code command(tgid)}, safe for a terminal. */
    public String name() {
        return ProcessText.toDisplay(lastEvent().getCommand()) + "(" + process.tgid() + ")";
    }

    /** Whether this process was its parent when any of its events was made. */
    boolean hadParent(ProcessId other) {
        return records.stream()
                .anyMatch(record -> ProcessId.parent(record.event()).equals(other));
    }

    /**
     * Whether the parent at the time of the signal is known: from the signal's own event, or because it was the same
     * before and after. A parent that kills and dies at once is no parent any more at the exit.
     */
    boolean parentIsCertain() {
        if (signal.isPresent()) {
            return true;
        }
        if (exit.isEmpty()) {
            return false;
        }
        ProcessId atExit = ProcessId.parent(exit.get().event());
        long signalled = cause.map(Cause::bootTime).orElse(0L);
        return records.stream()
                .map(EventRecord::event)
                .anyMatch(event -> event.getEventType() != EventType.PROCESS_EXIT
                        && event.getBootTime() <= signalled
                        && ProcessId.parent(event).equals(atExit));
    }

    private Optional<EventRecord> last(EventType type) {
        Optional<EventRecord> found = Optional.empty();
        for (EventRecord record : records) {
            if (record.event().getEventType() == type) {
                found = Optional.of(record);
            }
        }
        return found;
    }

    /**
     * CONTRACT.md, "From an exit to its cause": the first fatal signal of the number in the wait status. Without an
     * exit only SIGKILL counts: any other may have been blocked.
     */
    private Optional<EventRecord> fatalSignal() {
        @Nullable
        Integer wanted = exit.isPresent() ? exitInfo().map(ExitInfo::getSignal).orElse(null) : Integer.valueOf(SIGKILL);
        if (wanted == null) {
            return Optional.empty();
        }
        Optional<Long> exact = exitInfo().map(ExitInfo::getCause).map(ExitCause::getBootTime);
        List<EventRecord> candidates = new ArrayList<>();
        for (EventRecord record : records) {
            SignalInfo info = record.event().getSignalInfo();
            if (record.event().getEventType() == EventType.SIGNAL_SENT
                    && info != null
                    && info.getSignal() == wanted
                    && info.getFatal()) {
                candidates.add(record);
            }
        }
        // The exit's own word tells which one, where there were several.
        return exact.isPresent()
                ? candidates.stream()
                        .filter(record -> record.event().getBootTime() == exact.get())
                        .findFirst()
                : candidates.stream().findFirst();
    }

    private Optional<Cause> findCause() {
        Optional<ExitCause> told = exitInfo().map(ExitInfo::getCause);
        if (told.isPresent()) {
            ExitCause from = told.get();
            return Optional.of(new Cause(
                    exit.orElseThrow(),
                    true,
                    from.getSignal(),
                    from.getSignalName(),
                    from.getOrigin(),
                    from.getIsOomKill(),
                    from.getBootTime(),
                    from.getSender(),
                    from.getContext()));
        }
        return signal.map(record -> {
            ProcessSignalEvent event = record.event();
            SignalInfo info = event.getSignalInfo();
            return new Cause(
                    record,
                    false,
                    info.getSignal(),
                    info.getSignalName(),
                    info.getOrigin(),
                    event.getIsOomKill(),
                    event.getBootTime(),
                    event.getSender(),
                    info.getContext());
        });
    }
}
