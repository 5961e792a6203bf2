// SPDX-License-Identifier: GPL-2.0-or-later
/** Linux signals and exit statuses: numbers, names, and what they mean to people. The same on x86_64 and aarch64. */
package io.processsignals.common.signal;
