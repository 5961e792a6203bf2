// SPDX-License-Identifier: GPL-2.0-or-later
/** Everything in one process, for a first look and for development; and the entry that knows every command. */
package io.processsignals.quickstart;
