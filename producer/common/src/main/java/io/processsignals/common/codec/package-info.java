// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The event codec: a reusable model of one event, its hand-written Avro encoder, the decoder, and the rule that makes
 * any bytes of a process valid text. Encoding allocates nothing once buffers have grown to the size of the events.
 */
package io.processsignals.common.codec;
