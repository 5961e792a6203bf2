// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.capture;

import io.processsignals.agent.raw.RawHook;
import io.processsignals.events.EventType;
import io.processsignals.events.Hook;

/** What the hooks of the kernel side are in the schema. */
final class KernelHooks {
    private KernelHooks() {}

    /** UNKNOWN for what numbers no records. */
    static Hook hook(int rawHook) {
        return switch (rawHook) {
            case RawHook.PROCESS_EXEC -> Hook.PROCESS_EXEC;
            case RawHook.PROCESS_EXIT -> Hook.PROCESS_EXIT;
            case RawHook.SIGNAL_GENERATE -> Hook.SIGNAL_GENERATE;
            case RawHook.SIGNAL_DELIVER -> Hook.SIGNAL_DELIVER;
            case RawHook.OOM_MARK_VICTIM -> Hook.OOM_MARK_VICTIM;
            case RawHook.CGROUP -> Hook.CGROUP;
            default -> Hook.UNKNOWN;
        };
    }

    /** Of the events that the hook makes; UNKNOWN for cgroup records, which never become events. */
    static EventType type(int rawHook) {
        return switch (rawHook) {
            case RawHook.PROCESS_EXEC -> EventType.PROCESS_EXEC;
            case RawHook.PROCESS_EXIT -> EventType.PROCESS_EXIT;
            case RawHook.SIGNAL_GENERATE -> EventType.SIGNAL_SENT;
            case RawHook.SIGNAL_DELIVER -> EventType.SIGNAL_DELIVERED;
            case RawHook.OOM_MARK_VICTIM -> EventType.OOM_KILL;
            default -> EventType.UNKNOWN;
        };
    }
}
