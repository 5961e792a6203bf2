// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.source;

import io.processsignals.events.ProcessSignalEvent;

/** An event and where it was found. */
public record EventRecord(int partition, long offset, ProcessSignalEvent event) {}
