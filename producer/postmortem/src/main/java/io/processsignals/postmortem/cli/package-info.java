// SPDX-License-Identifier: GPL-2.0-or-later
/** The commands of the readers' half. */
package io.processsignals.postmortem.cli;
