// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.render;

import static io.processsignals.postmortem.render.Amounts.bytes;
import static io.processsignals.postmortem.render.Amounts.count;
import static io.processsignals.postmortem.render.Amounts.micros;

import io.processsignals.common.codec.ProcessText;
import io.processsignals.events.Container;
import io.processsignals.events.ContainerRuntime;
import io.processsignals.events.EventType;
import io.processsignals.events.ExecInfo;
import io.processsignals.events.ExitCause;
import io.processsignals.events.ExitInfo;
import io.processsignals.events.Hook;
import io.processsignals.events.LostInfo;
import io.processsignals.events.OomInfo;
import io.processsignals.events.ProcessReference;
import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.events.SignalDisposition;
import io.processsignals.events.SignalInfo;
import io.processsignals.events.SignalOrigin;
import io.processsignals.events.SignalResult;
import io.processsignals.events.SuppressedInfo;
import io.processsignals.events.ThrottleInfo;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Events in words, for people. Text that a process or a user chose is quoted, so that it cannot control a terminal. */
public final class EventText {
    private static final int SHORT_ID = 12;

    private EventText() {}

    /** {@code namespace/pod/container}; else what is known of the container; else {@code -}. */
    public static String place(@Nullable Container container) {
        if (container == null) {
            return "-";
        }
        if (container.getPodName() != null) {
            StringJoiner place = new StringJoiner("/");
            place.add(orUnknown(container.getPodNamespace()));
            place.add(ProcessText.toDisplay(container.getPodName()));
            place.add(orUnknown(container.getContainerName()));
            return place.toString();
        }
        if (container.getContainerId() != null) {
            String id = container.getContainerId();
            String shortId = ProcessText.toDisplay(id.substring(0, Math.min(SHORT_ID, id.length())));
            return container.getRuntime() == ContainerRuntime.UNKNOWN
                    ? shortId
                    : lower(container.getRuntime()) + ":" + shortId;
        }
        return container.getPodUid() != null ? "pod:" + ProcessText.toDisplay(container.getPodUid()) : "-";
    }

    /** {@code command(tgid)<-parent(ppid)}. */
    public static String process(ProcessReference process) {
        String text = ProcessText.toDisplay(process.getCommand()) + "(" + process.getTgid() + ")";
        return process.getPpid() == 0
                ? text
                : text + "<-" + ProcessText.toDisplay(process.getParentCommand()) + "(" + process.getPpid() + ")";
    }

    /** {@code 64.0 MiB}. */
    public static String amount(long size) {
        return bytes(size);
    }

    /** Microseconds as {@code 1.2ms}, {@code 3h12m}. */
    public static String duration(long time) {
        return micros(time);
    }

    /** What happened, without when and to whom. */
    public static String detail(ProcessSignalEvent event) {
        return switch (event.getEventType()) {
            case PROCESS_EXEC, PROCESS_RUNNING -> exec(event.getExecInfo());
            case PROCESS_EXIT -> exit(event, event.getExitInfo());
            case SIGNAL_SENT, SIGNAL_DELIVERED -> signal(event, event.getSignalInfo());
            case OOM_KILL -> oom(event.getOomInfo());
            case CPU_THROTTLED -> throttled(event.getThrottleInfo());
            case EVENTS_LOST -> lost(event.getLostInfo());
            case EVENTS_SUPPRESSED -> suppressed(event.getSuppressedInfo(), event.getContainer());
            case UNKNOWN -> "an event of a newer version: use a newer reader to see it";
        };
    }

    private static String exec(@Nullable ExecInfo exec) {
        if (exec == null) {
            return "";
        }
        String filename = ProcessText.toDisplay(exec.getFilename()) + (exec.getFilenameTruncated() ? "..." : "");
        List<String> arguments = exec.getArguments();
        if (arguments == null || arguments.isEmpty()) {
            return filename;
        }
        StringJoiner line = new StringJoiner(" ");
        line.add(filename);
        // The first argument is the name that the program was called by: the file says more.
        for (String argument : arguments.subList(1, arguments.size())) {
            line.add(quoteSpaces(ProcessText.toDisplay(argument)));
        }
        return line + (exec.getArgumentsTruncated() ? " ..." : "");
    }

    private static String exit(ProcessSignalEvent event, @Nullable ExitInfo exit) {
        if (exit == null) {
            return "";
        }
        StringBuilder text = new StringBuilder().append(exit.getCode());
        if (exit.getSignal() != null) {
            text.append(' ').append(ProcessText.toDisplay(exit.getSignalName()));
        }
        if (exit.getCoreDumped()) {
            text.append(" (core dumped)");
        }
        ExitCause cause = exit.getCause();
        if (cause != null) {
            if (exit.getSignal() == null || exit.getSignal() != cause.getSignal()) {
                text.append(" after ").append(ProcessText.toDisplay(cause.getSignalName()));
            }
            text.append(origin(
                    cause.getIsOomKill(),
                    cause.getOrigin(),
                    cause.getSender(),
                    cause.getSenderPid(),
                    cause.getContext()));
        } else if (event.getIsOomKill()) {
            text.append(" by the OOM killer");
        } else if (exit.getSignal() != null) {
            text.append(", sender not seen");
        }
        return text.append(", lived ").append(micros(exit.getLifetime())).toString();
    }

    private static String signal(ProcessSignalEvent event, @Nullable SignalInfo signal) {
        if (signal == null) {
            return "";
        }
        String name = ProcessText.toDisplay(signal.getSignalName());
        if (event.getEventType() == EventType.SIGNAL_DELIVERED) {
            return name;
        }
        StringBuilder text = new StringBuilder(name)
                .append(origin(
                        event.getIsOomKill(),
                        signal.getOrigin(),
                        event.getSender(),
                        event.getSenderPid(),
                        signal.getContext()));
        if (signal.getOrigin() == SignalOrigin.FAULT) {
            text.append(", ").append(ProcessText.toDisplay(signal.getSiCodeName()));
        }
        if (!signal.getGroupDirected() && signal.getOrigin() == SignalOrigin.THREAD) {
            text.append(", to thread ").append(event.getPid());
        }
        if (signal.getResult() != SignalResult.DELIVERED && signal.getResult() != SignalResult.UNKNOWN) {
            text.append(", ").append(lower(signal.getResult()).replace('_', ' '));
        } else if (signal.getFatal()) {
            text.append(", fatal");
        } else if (signal.getDisposition() == SignalDisposition.HANDLED) {
            text.append(", has a handler");
        } else if (signal.getDisposition() == SignalDisposition.IGNORED) {
            text.append(", is ignored");
        }
        return text.toString();
    }

    /** Who made a signal: a process, the kernel for a reason, or the OOM killer. */
    private static String origin(
            boolean oom,
            SignalOrigin origin,
            @Nullable ProcessReference sender,
            @Nullable Integer senderPid,
            @Nullable ProcessReference context) {
        if (oom) {
            return " by the OOM killer";
        }
        if (sender != null) {
            return " from " + process(sender);
        }
        if (senderPid != null) {
            return " from pid " + senderPid;
        }
        String during = context == null ? "" : ": " + process(context);
        return switch (origin) {
            case FAULT -> " by its own fault";
            case TIMER -> " by a timer";
            case IO -> " by input or output";
            case PARENT_DEATH -> " by its parent's death" + during;
            case PIDNS_TEARDOWN -> " by the end of its pid namespace" + during;
            case KERNEL -> " by the kernel";
            case USER, QUEUE, THREAD, UNKNOWN -> ", sender not known";
        };
    }

    private static String oom(@Nullable OomInfo oom) {
        if (oom == null) {
            return "";
        }
        StringBuilder text = new StringBuilder("out of memory: ").append(oom.getConstraint());
        if (oom.getLimitBytes() != null) {
            text.append(" limit ").append(bytes(oom.getLimitBytes()));
        }
        if (oom.getLimitingCgroupPath() != null) {
            text.append(" of ").append(ProcessText.toDisplay(oom.getLimitingCgroupPath()));
        }
        if (oom.getUsageBytes() != null) {
            text.append(", used ").append(bytes(oom.getUsageBytes()));
        }
        text.append(", victim anon ")
                .append(bytes(oom.getAnonRssBytes()))
                .append(" file ")
                .append(bytes(oom.getFileRssBytes()))
                .append(" shmem ")
                .append(bytes(oom.getShmemRssBytes()));
        if (oom.getTrigger() != null) {
            text.append(", hit by ").append(process(oom.getTrigger()));
        }
        return text.toString();
    }

    private static String throttled(@Nullable ThrottleInfo throttle) {
        if (throttle == null) {
            return "";
        }
        long share = throttle.getPeriods() == 0 ? 0 : 100 * throttle.getThrottledPeriods() / throttle.getPeriods();
        String text = "throttled in " + share + "% of " + count(throttle.getPeriods(), "period") + " within "
                + micros(throttle.getIntervalEnd() - throttle.getIntervalStart()) + ", for "
                + micros(throttle.getThrottledTime());
        if (throttle.getQuota() == null || throttle.getPeriod() == null || throttle.getPeriod() == 0) {
            return text;
        }
        return text
                + String.format(Locale.ROOT, ", quota %.2f CPU", (double) throttle.getQuota() / throttle.getPeriod());
    }

    private static String lost(@Nullable LostInfo lost) {
        if (lost == null) {
            return "";
        }
        StringBuilder text = new StringBuilder()
                .append(count(
                        lost.getCount(),
                        lost.getLostType() == EventType.UNKNOWN ? "event" : lost.getLostType() + " event"))
                .append(" lost, stage ")
                .append(lost.getStage());
        if (lost.getPriorityCount() > 0) {
            text.append(", deaths and kills among them: ").append(lost.getPriorityCount());
        }
        if (lost.getLostHook() != Hook.UNKNOWN) {
            text.append(", hook ").append(lost.getLostHook());
        }
        if (lost.getLostCpu() >= 0) {
            text.append(", cpu ").append(lost.getLostCpu());
        }
        return text.toString();
    }

    private static String suppressed(@Nullable SuppressedInfo suppressed, @Nullable Container container) {
        if (suppressed == null) {
            return "";
        }
        String text = count(suppressed.getCount(), suppressed.getSuppressedType() + " event")
                + " held back by the rate limit";
        return container == null || container.getCgroupPath() == null
                ? text
                : text + " of " + ProcessText.toDisplay(container.getCgroupPath());
    }

    private static String orUnknown(@Nullable String name) {
        return name == null ? "?" : ProcessText.toDisplay(name);
    }

    private static String quoteSpaces(String argument) {
        return argument.isEmpty() || argument.indexOf(' ') >= 0 ? "'" + argument + "'" : argument;
    }

    private static String lower(Enum<?> symbol) {
        return symbol.name().toLowerCase(Locale.ROOT);
    }
}
