// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.agent.assemble;

import io.processsignals.agent.raw.ProcessFlyweight;
import io.processsignals.common.codec.ProcessSource;

/** A process as its raw record has it, for the encoder. */
final class RawProcess implements ProcessSource {
    /** Wrapped by the caller; the record must stay where it is until the event is encoded. */
    final ProcessFlyweight raw = new ProcessFlyweight();

    @Override
    public byte[] identity() {
        return raw.array();
    }

    @Override
    public int identityOffset() {
        return raw.offset();
    }

    @Override
    public int identityLength() {
        return ProcessFlyweight.BLOCK_LENGTH;
    }

    @Override
    public int pid() {
        return raw.pid();
    }

    @Override
    public int tgid() {
        return raw.tgid();
    }

    @Override
    public int ppid() {
        return raw.ppid();
    }

    @Override
    public int nsPid() {
        return raw.nsPid();
    }

    @Override
    public long commandLow() {
        return raw.commLow();
    }

    @Override
    public long commandHigh() {
        return raw.commHigh();
    }

    @Override
    public long startTime() {
        return EventFrame.micros(raw.startNs());
    }

    @Override
    public long uid() {
        return raw.uid();
    }

    @Override
    public long gid() {
        return raw.gid();
    }

    @Override
    public long parentCommandLow() {
        return raw.parentCommLow();
    }

    @Override
    public long parentCommandHigh() {
        return raw.parentCommHigh();
    }

    @Override
    public long parentStartTime() {
        return EventFrame.micros(raw.parentStartNs());
    }
}
