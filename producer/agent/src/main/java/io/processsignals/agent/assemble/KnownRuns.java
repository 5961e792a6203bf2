// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.agent.raw.CauseFlyweight;
import io.processsignals.agent.raw.RecordFlags;
import io.processsignals.agent.raw.SignalRecordFlyweight;
import io.processsignals.common.codec.EncodedRun;
import io.processsignals.common.codec.MutableEvent;
import io.processsignals.common.signal.ExitStatus;
import io.processsignals.common.signal.Signals;

/**
 * The fields of an event that a few numbers of its record decide: names and descriptions of a wait status, of a signal.
 * Encoded once and remembered; what is returned is valid until the next event. Capture thread only.
 */
final class KnownRuns {
    private final RunTable exits = new RunTable();
    private final RunTable causes = new RunTable();
    private final RunTable signals = new RunTable();

    /* Filled to be encoded. */
    private final MutableEvent.ExitInfo exit = new MutableEvent.ExitInfo();
    private final MutableEvent.ExitCause cause = new MutableEvent.ExitCause();
    private final MutableEvent.SignalInfo signal = new MutableEvent.SignalInfo();

    /** For {@link MutableEvent.ExitInfo#begin(EncodedRun)}. */
    EncodedRun ofExit(int waitStatus) {
        EncodedRun known = exits.find(waitStatus, 0);
        if (known != null) {
            return known;
        }
        int endedBy = ExitStatus.signal(waitStatus);
        exit.begin();
        exit.waitStatus = waitStatus;
        exit.code = ExitStatus.code(waitStatus);
        if (endedBy != 0) {
            exit.signal.set(endedBy);
            exit.signalName.set(Signals.nameText(endedBy));
        }
        exit.coreDumped = ExitStatus.coreDumped(waitStatus);
        exit.description.set(ExitStatus.description(waitStatus));
        EncodedRun run = exits.put(waitStatus, 0);
        run.set(exit);
        return run;
    }

    /** For {@link MutableEvent.ExitCause#begin(EncodedRun)}. */
    EncodedRun ofCause(CauseFlyweight raw) {
        long which = pair(raw.signal(), raw.code());
        int origin = raw.origin();
        EncodedRun known = causes.find(which, origin);
        if (known != null) {
            return known;
        }
        cause.begin();
        cause.signal = raw.signal();
        cause.signalName.set(Signals.nameText(cause.signal));
        cause.siCode = raw.code();
        cause.origin = RawEnums.origin(origin);
        EncodedRun run = causes.put(which, origin);
        run.set(cause);
        return run;
    }

    /**
     * For {@link MutableEvent.SignalInfo#begin(EncodedRun)}.
     *
     * @param flags of the record
     */
    EncodedRun ofSignal(SignalRecordFlyweight raw, int flags) {
        long which = pair(raw.signal(), raw.code());
        int said = flags & (RecordFlags.GROUP | RecordFlags.FATAL);
        long how = pair(said, raw.result() | (raw.origin() << Byte.SIZE) | (raw.disposition() << (2 * Byte.SIZE)));
        EncodedRun known = signals.find(which, how);
        if (known != null) {
            return known;
        }
        signal.begin();
        signal.signal = raw.signal();
        signal.signalName.set(Signals.nameText(signal.signal));
        signal.description.set(Signals.description(signal.signal));
        signal.siCode = raw.code();
        Signals.writeSiCodeName(signal.signal, signal.siCode, signal.siCodeName);
        signal.origin = RawEnums.origin(raw.origin());
        signal.groupDirected = (said & RecordFlags.GROUP) != 0;
        signal.result = RawEnums.result(raw.result());
        signal.disposition = RawEnums.disposition(raw.disposition());
        signal.fatal = (said & RecordFlags.FATAL) != 0;
        EncodedRun run = signals.put(which, how);
        run.set(signal);
        return run;
    }

    private static long pair(int low, int high) {
        return Integer.toUnsignedLong(low) | (long) high << Integer.SIZE;
    }
}
