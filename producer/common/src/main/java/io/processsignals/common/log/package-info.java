// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The seam between the capture loop and the publish loop: an ordered log of encoded events with one appender and one
 * reader.
 */
package io.processsignals.common.log;
