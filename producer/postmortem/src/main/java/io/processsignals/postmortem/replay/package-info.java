// SPDX-License-Identifier: GPL-2.0-or-later
/** Plays a window of events again: ordered by time, without duplicates, in bounded memory. */
package io.processsignals.postmortem.replay;
